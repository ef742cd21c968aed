using Ledger.Consensus.Crypto;

namespace Ledger.Node.Transport;

/// <summary>All connections: by our id for packets that arrive, by peer for messages that leave, and in turn for the
/// socket. A peer has one confirmed connection, and at most one of each direction on trial.</summary>
internal sealed class ConnectionTable(PlantedBug bugs)
{
    private readonly List<Connection> all = [];
    private readonly Dictionary<uint, Connection> byOwnId = [];
    private readonly Dictionary<PeerId, Connection> confirmed = [];
    private readonly MessageClass[] order = MessageClasses.InOrder(bugs);
    private int turn;

    internal bool IsFull => all.Count >= TransportLimits.ConnectionsMax;

    internal IReadOnlyList<Connection> All => all;

    internal Connection? Find(uint ownId) => byOwnId.GetValueOrDefault(ownId);

    internal Connection? Find(PeerId peer) => confirmed.GetValueOrDefault(peer);

    internal Connection? FindOnTrial(PeerId peer) => all.Find(c => c.Peer == peer && !c.IsConfirmed && c.Inbound);

    internal void Add(Connection connection)
    {
        all.Add(connection);
        byOwnId.Add(connection.OwnId, connection);
    }

    /// <summary>Makes this the connection of its peer.</summary>
    internal void Confirm(Connection connection)
    {
        connection.Confirm();
        confirmed[connection.Peer] = connection;
    }

    internal void Remove(Connection connection)
    {
        all.Remove(connection);
        byOwnId.Remove(connection.OwnId);
        if (Find(connection.Peer) == connection)
            confirmed.Remove(connection.Peer);
        connection.Dispose();
    }

    /// <summary>Builds the most urgent packet of all peers; peers with equally urgent ones take turns.</summary>
    internal bool TryBuild(long nowUs, byte[] buffer, out OutgoingDatagram datagram)
    {
        foreach (var level in order)
            for (var i = 0; i < all.Count; i++)
            {
                var index = (turn + i) % all.Count;
                var connection = all[index];
                if (!connection.Wants(nowUs, level) || connection.TryBuild(nowUs, buffer) is not (> 0 and var length))
                    continue;
                turn = index + 1;
                datagram = new(connection.Address, buffer.AsMemory(0, length));
                return true;
            }
        datagram = default;
        return false;
    }
}

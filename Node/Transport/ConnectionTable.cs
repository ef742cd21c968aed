using Ledger.Consensus.Crypto;

namespace Ledger.Node.Transport;

/// <summary>All connections: by our id for packets that arrive, by peer for messages that leave, and in turn for the
/// socket. A peer has one confirmed connection, and at most one of each direction on trial.</summary>
internal sealed class ConnectionTable(PlantedBug bugs)
{
    private readonly List<Connection> all = [];
    private readonly Dictionary<uint, Connection> byOwnId = [];
    private readonly Dictionary<PeerId, Connection> confirmed = [];
    private readonly TransmitScheduler scheduler = new(bugs);

    internal bool IsFull => all.Count >= TransportLimits.ConnectionsMax;

    internal IReadOnlyList<Connection> All => all;

    /// <summary>When the first of them has something to do.</summary>
    internal long DueUs
    {
        get
        {
            var dueUs = long.MaxValue;
            foreach (var connection in all)
                dueUs = Math.Min(dueUs, connection.DueUs);
            return dueUs;
        }
    }

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

    /// <summary>Votes of a peer arrived.</summary>
    internal void OnUrgent(long nowUs) => scheduler.OnUrgent(nowUs);

    /// <summary>Builds a packet that asks about the way to a peer, or answers such a question.</summary>
    internal bool TryBuildProbe(long nowUs, byte[] buffer, out OutgoingDatagram datagram)
    {
        foreach (var connection in all)
            if (connection.TryBuildProbe(nowUs, buffer, out var to) is > 0 and var length)
            {
                datagram = new(to, buffer.AsMemory(0, length));
                return true;
            }
        datagram = default;
        return false;
    }

    /// <summary>Builds the most urgent batch of all peers.</summary>
    internal bool TryBuild(long nowUs, byte[] buffer, out OutgoingBatch batch) =>
        scheduler.TryBuild(nowUs, all, buffer, out batch);
}

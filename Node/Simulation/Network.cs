using System.Net;
using Ledger.Consensus.Crypto;
using Ledger.Node.Host;
using Ledger.Node.Transport;

namespace Ledger.Node.Simulation;

/// <summary>
/// The network between simulated peers. Like the real transport it tells who is there and authenticates every message,
/// so that what is altered on the way is lost; unlike it, it does not send again what was lost.
/// </summary>
internal sealed class Network(Timeline timeline, Dice dice)
{
    // How long a connection to a peer that has gone stays up.
    private const long IdleUs = 2_000_000;

    private readonly Dictionary<PeerId, Port> ports = [];
    private long connections;

    /// <summary>The mean time that a message takes, in microseconds, besides the least.</summary>
    internal long MeanDelayUs { get; set; } = 1_000;

    internal const long LeastDelayUs = 500;

    /// <summary>The share of messages that never arrive, and of those that arrive twice.</summary>
    internal double Loss { get; set; }

    internal double Duplication { get; set; }

    /// <summary>Plugs a peer in, under its own address.</summary>
    internal Port Plug(PeerId id, Action<NetEvent> deliver)
    {
        var number = ports.Count + 1;
        return ports[id] = new(this, id, new(new IPAddress([10, 0, (byte)(number >> 8), (byte)number]), 9000), deliver);
    }

    /// <summary>The machine's power is gone: its peers find out when they have heard nothing for a while.</summary>
    internal void Unplug(Port port)
    {
        foreach (var (peer, connection) in port.Connections.ToList())
        {
            port.Connections.Remove(peer);
            timeline.After(IdleUs, () => Close(ports[peer], port.Id, connection, CloseReason.Idle, byPeer: false));
        }
    }

    private void Connect(Port from, PeerId peer)
    {
        if (!ports.TryGetValue(peer, out var to) || !to.IsUp || from.Connections.ContainsKey(peer))
        {
            timeline.After(Delay(), () => from.Deliver(new NetEvent.Unreachable(peer, new(IPAddress.None, 0))));
            return;
        }
        timeline.After(2 * Delay(), () => Open(from, to));
    }

    private void Open(Port from, Port to)
    {
        if (!from.IsUp || !to.IsUp || from.Connections.ContainsKey(to.Id))
            return;
        // The other side may still hold a connection to who we were before a crash.
        if (to.Connections.TryGetValue(from.Id, out var stale))
            Close(to, from.Id, stale, CloseReason.Replaced, byPeer: false);
        from.Connections[to.Id] = to.Connections[from.Id] = ++connections;
        from.Deliver(new NetEvent.PeerUp(to.Id, to.Address, Inbound: false));
        to.Deliver(new NetEvent.PeerUp(from.Id, from.Address, Inbound: true));
    }

    // Both hear of it, and neither while it is still doing something else.
    private void Hang(Port from, PeerId peer, long connection, CloseReason reason)
    {
        timeline.After(0, () => from.Deliver(new NetEvent.PeerDown(peer, reason, ByPeer: false)));
        timeline.After(Delay(), () => Close(ports[peer], from.Id, connection, reason, byPeer: true));
    }

    private static void Close(Port at, PeerId peer, long connection, CloseReason reason, bool byPeer)
    {
        if (at.Connections.GetValueOrDefault(peer) != connection)
            return;
        at.Connections.Remove(peer);
        at.Deliver(new NetEvent.PeerDown(peer, reason, byPeer));
    }

    private void Send(Port from, PeerId peer, MessageClass urgency, byte[] message)
    {
        if (!from.Connections.TryGetValue(peer, out var connection) || dice.Chance(Loss))
            return;
        var to = ports[peer];
        for (var copies = dice.Chance(Duplication) ? 2 : 1; copies > 0; copies--)
            timeline.After(Delay(), () =>
            {
                if (to.Connections.GetValueOrDefault(from.Id) == connection)
                    to.Deliver(new NetEvent.Received(from.Id, urgency, message));
            });
    }

    private long Delay() => LeastDelayUs + dice.Exponential(MeanDelayUs);

    /// <summary>Where one peer is plugged in.</summary>
    internal sealed class Port(Network network, PeerId id, IPEndPoint address, Action<NetEvent> deliver) : ILinks
    {
        internal PeerId Id => id;

        internal IPEndPoint Address => address;

        /// <summary>Whether anybody listens here.</summary>
        internal bool IsUp { get; set; }

        /// <summary>By peer: the number of the connection.</summary>
        internal Dictionary<PeerId, long> Connections { get; } = [];

        internal void Deliver(NetEvent happened) => deliver(happened);

        public void Send(PeerId to, MessageClass urgency, byte[] message) => network.Send(this, to, urgency, message);

        public void Connect(PeerId peer, IPEndPoint at) => network.Connect(this, peer);

        public void Disconnect(PeerId peer, CloseReason reason)
        {
            if (Connections.Remove(peer, out var connection))
                network.Hang(this, peer, connection, reason);
        }
    }
}

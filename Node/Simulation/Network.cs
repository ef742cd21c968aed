using System.Net;
using Ledger.Consensus.Crypto;
using Ledger.Node.Host;
using Ledger.Node.Transport;

namespace Ledger.Node.Simulation;

/// <summary>
/// The network between simulated peers. Like the real transport it tells who is there and authenticates every message,
/// so that what is altered on the way is lost; unlike it, it does not send again what was lost.
/// </summary>
internal sealed class Network
{
    // How long a connection to a peer that has gone stays up, and how long a message takes at least.
    private const long IdleUs = 2_000_000, LeastDelayUs = 500;

    private const long FineDelayUs = 1_000, LateUs = 500_000, HiddenUs = 1_500_000;

    // Numbers of messages on the wire.
    private const byte Ballot = 2, Offer = 3, Certified = 12, Ballots = 14;

    private readonly Timeline timeline;
    private readonly Dice dice;
    private readonly Action<int, int, byte[]> delivered;
    private readonly Dictionary<PeerId, Port> ports = [];
    private readonly List<Func<int, int, bool>> cuts = [];
    private readonly Port observer;
    private long connections;

    /// <param name="timeline">When things happen.</param>
    /// <param name="dice">Which messages meet with bad luck.</param>
    /// <param name="observer">Who is connected to everybody and only listens.</param>
    /// <param name="delivered">Hears of each message that has arrived: from whom, to whom.</param>
    internal Network(Timeline timeline, Dice dice, PeerId observer, Action<int, int, byte[]> delivered)
    {
        (this.timeline, this.dice, this.delivered) = (timeline, dice, delivered);
        this.observer = Plug(-1, observer, _ => { });
    }

    /// <summary>The mean time that a message takes, in microseconds, besides the least.</summary>
    internal long MeanDelayUs { get; set; } = FineDelayUs;

    /// <summary>The share of messages that never arrive, and of those that arrive twice.</summary>
    internal double Loss { get; set; }

    internal double Duplication { get; set; }

    /// <summary>The kind of messages, by its number on the wire, that takes half a second more.</summary>
    internal byte? SlowKind { get; set; }

    /// <summary>The only node that votes and certificates reach in time, by its number.</summary>
    internal int? Favourite { get; set; }

    /// <summary>Who misses proposals meanwhile.</summary>
    internal int? Deprived { get; set; }

    /// <summary>Messages that peers have sent to each other, and their bytes.</summary>
    internal long Messages { get; private set; }

    internal long Bytes { get; private set; }

    /// <summary>Hears of each message that is sent.</summary>
    internal Action<Port, byte[]> Sent { get; set; } = (_, _) => { };

    /// <summary>Plugs a peer in, under its own address.</summary>
    internal Port Plug(int index, PeerId id, Action<NetEvent> deliver)
    {
        var number = ports.Count + 1;
        var address = new IPEndPoint(new IPAddress([10, 0, (byte)(number >> 8), (byte)number]), 9000);
        return ports[id] = new(this, index, id, address, deliver);
    }

    /// <summary>Lets nothing pass from one to another where this says so, until it is taken away.</summary>
    internal Action Cut(Func<int, int, bool> between)
    {
        cuts.Add(between);
        return () => cuts.Remove(between);
    }

    /// <summary>All is well from now on.</summary>
    internal void Heal()
    {
        cuts.Clear();
        (Loss, Duplication, MeanDelayUs) = (0, 0, FineDelayUs);
        (SlowKind, Favourite, Deprived) = (null, null, null);
    }

    /// <summary>The observer finds everybody at once.</summary>
    internal void Greet(Port port)
    {
        port.Connections[observer.Id] = 0;
        port.Deliver(new NetEvent.PeerUp(observer.Id, observer.Address, Inbound: true));
    }

    /// <summary>The machine's power is gone: its peers find out when they have heard nothing for a while.</summary>
    internal void Unplug(Port port)
    {
        port.IsUp = false;
        foreach (var (peer, connection) in port.Connections)
            timeline.After(IdleUs, () => Close(ports[peer], port.Id, connection, CloseReason.Idle, byPeer: false));
        port.Connections.Clear();
    }

    private void Connect(Port from, PeerId peer)
    {
        if (from.Connections.ContainsKey(peer))
            return;
        if (!ports.TryGetValue(peer, out var to) || !to.IsUp || IsCut(from, to) || IsCut(to, from))
            timeline.After(Delay(), () => GiveUp(from, peer));
        else
            timeline.After(2 * Delay(), () => Open(from, to));
    }

    // A dial ends without a word when the other side's has succeeded meanwhile.
    private static void GiveUp(Port from, PeerId peer)
    {
        if (!from.Connections.ContainsKey(peer))
            from.Deliver(new NetEvent.Unreachable(peer, new(IPAddress.None, 0)));
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
        if (!at.Connections.TryGetValue(peer, out var known) || known != connection)
            return;
        at.Connections.Remove(peer);
        at.Deliver(new NetEvent.PeerDown(peer, reason, byPeer));
    }

    private void Send(Port from, PeerId peer, MessageClass urgency, byte[] message)
    {
        Sent(from, message);
        if (peer == observer.Id || !from.Connections.TryGetValue(peer, out var connection))
            return;
        (Messages, Bytes) = (Messages + 1, Bytes + message.Length);
        var to = ports[peer];
        if (dice.Chance(Loss) || IsCut(from, to))
            return;
        for (var copies = dice.Chance(Duplication) ? 2 : 1; copies > 0; copies--)
            timeline.After(Delay() + Extra(to, message), () => Arrive(from, to, connection, urgency, message));
    }

    private void Arrive(Port from, Port to, long connection, MessageClass urgency, byte[] message)
    {
        if (!to.Connections.TryGetValue(from.Id, out var known) || known != connection)
            return;
        delivered(from.Index, to.Index, message);
        to.Deliver(new NetEvent.Received(from.Id, urgency, message));
    }

    private bool IsCut(Port from, Port to)
    {
        foreach (var cut in cuts)
            if (cut(from.Index, to.Index))
                return true;
        return false;
    }

    private long Delay() => LeastDelayUs + dice.Exponential(MeanDelayUs);

    // Who misses a proposal votes against it; so the favourite alone may see a polka in time.
    private long Extra(Port to, byte[] message)
    {
        if (message.Length < 2)
            return 0;
        var isHidden = message[1] switch
        {
            Ballot or Ballots or Certified => Favourite is { } only && to.Index != only && dice.Chance(0.6),
            Offer => to.Index == Deprived,
            _ => false,
        };
        return isHidden ? HiddenUs : message[1] == SlowKind ? LateUs : 0;
    }

    /// <summary>Where one peer is plugged in.</summary>
    internal sealed class Port(Network network, int index, PeerId id, IPEndPoint address, Action<NetEvent> deliver)
        : ILinks
    {
        internal int Index => index;

        internal PeerId Id => id;

        internal IPEndPoint Address => address;

        /// <summary>Whether anybody listens here.</summary>
        internal bool IsUp { get; set; }

        /// <summary>By peer: the number of the connection.</summary>
        internal Dictionary<PeerId, long> Connections { get; } = [];

        public void Send(PeerId to, MessageClass urgency, byte[] message) => network.Send(this, to, urgency, message);

        public void Connect(PeerId peer, IPEndPoint at) => network.Connect(this, peer);

        public void Knock(IPEndPoint address)
        {
            // Nobody here is behind a translator.
        }

        public void Disconnect(PeerId peer, CloseReason reason)
        {
            if (Connections.Remove(peer, out var connection))
                network.Hang(this, peer, connection, reason);
        }

        internal void Deliver(NetEvent happened) => deliver(happened);
    }
}

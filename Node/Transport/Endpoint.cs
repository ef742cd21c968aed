using System.Net;
using Ledger.Consensus.Crypto;

namespace Ledger.Node.Transport;

/// <summary>What an endpoint is made with.</summary>
internal sealed record EndpointOptions
{
    /// <summary>The key that proves who we are. It belongs to the caller, who disposes of it.</summary>
    internal required SecretKey Key { get; init; }

    /// <summary>The hash of the genesis: peers of another network cannot even begin to talk to us.</summary>
    internal required Digest Network { get; init; }

    internal required RandomSource Random { get; init; }

    /// <summary>What we offer to peers.</summary>
    internal Capabilities Capabilities { get; init; } = PacketCipher.Supported;

    internal CongestionAlgorithm Congestion { get; init; }

    /// <summary>The largest UDP payload to try; what a path really carries is found out.</summary>
    internal int DatagramBytesMax { get; init; } = TransportLimits.DatagramBytesUsual;

    /// <summary>Packets after which a key is replaced.</summary>
    internal int KeyPacketsMax { get; init; } = TransportLimits.KeyPacketsMax;

    internal PlantedBug Bugs { get; init; }
}

/// <summary>A datagram to send.</summary>
internal readonly record struct OutgoingDatagram(IPEndPoint To, ReadOnlyMemory<byte> Bytes);

/// <summary>Datagrams to one destination, all of <paramref name="SegmentBytes"/> but the last, which may be shorter.
/// The bytes are good until the next call of <see cref="Endpoint.TryTransmit"/>.</summary>
internal readonly record struct OutgoingBatch(IPEndPoint To, ReadOnlyMemory<byte> Bytes, int SegmentBytes)
{
    internal int Count => (Bytes.Length + SegmentBytes - 1) / SegmentBytes;
}

/// <summary>
/// Many encrypted peers behind one UDP socket, without the socket: datagrams, time and randomness come in as
/// arguments, so that the same input gives the same output. Call it from one thread in this order: whatever happened
/// (<see cref="OnDatagram"/>, <see cref="OnTimer"/>, <see cref="Send"/>, ...), then <see cref="TryTake"/> and
/// <see cref="TryTransmit"/> until they return false, then sleep until <see cref="NextTimeoutUs"/>. Messages
/// arrive whole, once and in any order; the memory that a peer can take is bounded (<see cref="TransportLimits"/>).
/// </summary>
internal sealed class Endpoint : IDisposable
{
    private readonly EndpointOptions options;
    private readonly Handshakes handshakes;
    private readonly ResetTokens resets;
    private readonly ResetAnswers resetAnswers = new();
    private readonly ConnectionTable connections;
    private readonly Queue<OutgoingDatagram> replies = new();
    private readonly Queue<NetEvent> events = new();
    private readonly byte[] received = new byte[DataPacket.FrameBytesMax];
    private readonly byte[] outgoing = new byte[TransportLimits.BatchBytesMax];
    private readonly MessageMemory memory = new();
    private readonly Traffic traffic = new();
    private readonly SteadyClock clock = new();

    internal Endpoint(EndpointOptions options)
    {
        this.options = options;
        resets = new(options.Key);
        handshakes = new(options, resets);
        connections = new(options.Bugs);
    }

    internal PeerId Self => new(options.Key.PublicKey);

    /// <summary>When <see cref="OnTimer"/> has work, <see cref="long.MaxValue"/> for never.</summary>
    internal long NextTimeoutUs => clock.ToCaller(Math.Min(handshakes.DueUs, connections.DueUs));

    /// <summary>Begins a handshake, of which <see cref="NetEvent.PeerUp"/> or <see cref="NetEvent.Unreachable"/>
    /// tells the end. False where there is one already, no room, or nobody to call.</summary>
    internal bool Connect(long nowUs, PeerId peer, IPEndPoint address)
    {
        nowUs = clock.Read(nowUs);
        if (connections.Find(peer) is not null || connections.IsFull)
            return false;
        // A call of the peer that is about to succeed goes first.
        var firstUs = connections.FindOnTrial(peer) is null ? nowUs : nowUs + TransportLimits.HalfOpenLifeUs;
        return handshakes.TryDial(peer, address, FreshId(), firstUs);
    }

    /// <summary>Says goodbye to a peer and forgets it, or gives up calling it.</summary>
    internal void Disconnect(long nowUs, PeerId peer, CloseReason reason)
    {
        if (handshakes.FindDial(peer) is { } dial)
            GiveUp(dial);
        if (connections.Find(peer) is { } connection)
            Close(clock.Read(nowUs), connection, reason);
    }

    /// <summary>Queues a message. The bytes must not change afterwards. False where the peer is not connected, its
    /// queue is full or the message is too long; nothing is queued then. Whose votes have waited for too long is
    /// disconnected.</summary>
    internal bool Send(long nowUs, PeerId peer, MessageClass messageClass, ReadOnlyMemory<byte> message)
    {
        nowUs = clock.Read(nowUs);
        if (message.Length > TransportLimits.MessageBytesMax
            || connections.Find(peer) is not { } connection || connection.IsDead(nowUs))
            return false;
        if (connection.TrySend(nowUs, messageClass, message))
            return true;
        if (connection.IsOverdue(nowUs))
            Close(nowUs, connection, CloseReason.TooSlow);
        return false;
    }

    internal void OnDatagram(long nowUs, IPEndPoint from, ReadOnlySpan<byte> datagram)
    {
        nowUs = clock.Read(nowUs);
        traffic.OnReceived(datagram.Length);
        traffic.OnDropped(datagram switch
        {
            [] => DropReason.Malformed,
            [var type, ..] when PacketType.IsData(type) => OnData(nowUs, from, datagram),
            [PacketType.Init, ..] => OnInit(nowUs, from, datagram),
            [PacketType.Retry, ..] => handshakes.OnRetry(nowUs, datagram),
            [PacketType.Resp, ..] => OnResp(nowUs, datagram),
            [PacketType.Fin, ..] => OnFin(nowUs, datagram),
            [PacketType.Reset, ..] => OnReset(datagram),
            _ => DropReason.UnknownType,
        });
    }

    internal void OnTimer(long nowUs)
    {
        nowUs = clock.Read(nowUs);
        if (nowUs >= handshakes.DueUs)
            foreach (var dial in handshakes.Expire(nowUs))
                Fail(dial);
        for (var i = connections.All.Count - 1; i >= 0; i--)
        {
            var connection = connections.All[i];
            if (connection.IsDead(nowUs))
                Expire(connection);
            else
                connection.OnTimer(nowUs);
        }
    }

    /// <summary>The next datagrams to send. Between two batches of bulk the caller may bring votes.</summary>
    internal bool TryTransmit(long nowUs, out OutgoingBatch batch)
    {
        nowUs = clock.Read(nowUs);
        if (replies.TryDequeue(out var datagram) || handshakes.TryTransmit(nowUs, out datagram)
            || connections.TryBuildProbe(nowUs, outgoing, out datagram))
            batch = new(datagram.To, datagram.Bytes, datagram.Bytes.Length);
        else if (!connections.TryBuild(nowUs, outgoing, out batch))
            return false;
        traffic.OnSent(batch);
        return true;
    }

    /// <summary>The next thing that the layer above must know.</summary>
    internal bool TryTake([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out NetEvent? happened) =>
        events.TryDequeue(out happened);

    /// <summary>Gives back a message that was taken and is needed no longer, so that the next of its length needs no
    /// new memory.</summary>
    internal void Recycle(byte[] message) => memory.ReturnMessage(message);

    /// <summary>Says that a message was dealt with. Of some classes a peer sends no more than so much before it
    /// hears this (<see cref="Credit"/>).</summary>
    internal void Consume(NetEvent.Received message) => connections.Find(message.Connection)?.Consume(message);

    internal TransportStatistics Statistics() =>
        traffic.Snapshot(connections.All.Where(c => c.IsConfirmed), handshakes.HalfOpenCount, handshakes.DialCount);

    public void Dispose()
    {
        while (connections.All is [.., var last])
            connections.Remove(last);
    }

    private DropReason OnInit(long nowUs, IPEndPoint from, ReadOnlySpan<byte> init)
    {
        var reason = handshakes.OnInit(nowUs, from, init, FreshId(), out var reply);
        if (reason == DropReason.None)
            Reply(from, reply);
        return reason;
    }

    private DropReason OnResp(long nowUs, ReadOnlySpan<byte> resp)
    {
        var reason = handshakes.OnResp(nowUs, resp, out var terms);
        if (terms is not null)
            connections.Add(new(terms, memory, nowUs));
        return reason;
    }

    private DropReason OnFin(long nowUs, ReadOnlySpan<byte> fin)
    {
        var reason = handshakes.OnFin(nowUs, fin, out var terms);
        if (terms is not null)
            return Accept(nowUs, terms);
        // The same FIN again: our first packet, which confirms it, was lost.
        if (reason == DropReason.UnknownConnection
            && connections.Find(FinPacket.ResponderId(fin)) is { Inbound: true, IsConfirmed: false } known)
        {
            known.Ping();
            return DropReason.None;
        }
        return reason;
    }

    private DropReason Accept(long nowUs, ConnectionTerms terms)
    {
        if (connections.IsFull)
            return DropReason.ConnectionsFull;
        var dial = handshakes.FindDial(terms.Peer);
        if (dial is not null)
            GiveUp(dial);
        if (connections.FindOnTrial(terms.Peer) is { } earlier)
            connections.Remove(earlier);
        var connection = new Connection(terms, memory, nowUs) { TookOverDial = dial is not null };
        connection.Ping();
        connections.Add(connection);
        return DropReason.None;
    }

    private DropReason OnData(long nowUs, IPEndPoint from, ReadOnlySpan<byte> packet)
    {
        var frameBytes = packet.Length - DataPacket.HeaderBytes - DataPacket.TagBytes;
        if (frameBytes is <= 0 or > DataPacket.FrameBytesMax)
            return DropReason.Malformed;
        if (connections.Find(DataPacket.ConnectionId(packet)) is not { } connection)
            return OnUnknown(nowUs, from, packet);
        var frames = received.AsSpan(0, frameBytes);
        var reason = connection.TryOpen(nowUs, from, packet, frames, out var number);
        if (reason != DropReason.None)
            return reason;
        if (!connection.IsConfirmed)
            Confirm(connection);
        var outcome = connection.OnFrames(nowUs, from, number, frames, events);
        if (outcome.Urgent)
            connections.OnUrgent(nowUs);
        if (outcome is { Close: { } why, ByPeer: true })
            Forget(connection, why, byPeer: true);
        else if (outcome.Close is { } broken)
            Close(nowUs, connection, broken);
        return DropReason.None;
    }

    /// <summary>Data of a connection that we do not know, perhaps not any more.</summary>
    private DropReason OnUnknown(long nowUs, IPEndPoint from, ReadOnlySpan<byte> packet)
    {
        var id = DataPacket.ConnectionId(packet);
        if (!handshakes.Uses(id) && resetAnswers.MayAnswer(nowUs, from.Address, packet.Length))
        {
            var reset = new byte[ResetPacket.Bytes];
            ResetPacket.Write(reset, id, resets);
            Reply(from, reset);
        }
        return DropReason.UnknownConnection;
    }

    private DropReason OnReset(ReadOnlySpan<byte> reset)
    {
        if (reset.Length != ResetPacket.Bytes)
            return DropReason.Malformed;
        foreach (var connection in connections.All)
            if (connection.IsEndedBy(reset))
            {
                Forget(connection, CloseReason.Forgotten, byPeer: true);
                return DropReason.None;
            }
        return DropReason.UnknownConnection;
    }

    /// <summary>Both sides know the new connection now; an older one of the same peer is of no use to it.</summary>
    private void Confirm(Connection connection)
    {
        if (connections.Find(connection.Peer) is { } older)
            Forget(older, CloseReason.Replaced, byPeer: false);
        connections.Confirm(connection);
        if (handshakes.FindDial(connection.Peer) is { } dial)
            GiveUp(dial);
        events.Enqueue(new NetEvent.PeerUp(connection.Peer, connection.Address, connection.Inbound));
        if (connection.Observed is { } observed)
            events.Enqueue(new NetEvent.AddressObserved(connection.Peer, observed));
    }

    private void Close(long nowUs, Connection connection, CloseReason reason)
    {
        var farewell = new byte[TransportLimits.DatagramBytesBase];
        Reply(connection.Address, farewell.AsMemory(0, connection.BuildClose(nowUs, reason, farewell)));
        Forget(connection, reason, byPeer: false);
    }

    private void Forget(Connection connection, CloseReason reason, bool byPeer)
    {
        connections.Remove(connection);
        events.Enqueue(new NetEvent.PeerDown(connection.Peer, reason, byPeer));
    }

    private void Expire(Connection connection)
    {
        if (connection.IsConfirmed)
            Forget(connection, CloseReason.Idle, byPeer: false);
        else if (handshakes.FindDial(connection.OwnId) is { } dial)
            Fail(dial);
        else
        {
            connections.Remove(connection);
            if (connection.TookOverDial)
                events.Enqueue(new NetEvent.Unreachable(connection.Peer, connection.Address));
        }
    }

    private void Fail(Dial dial)
    {
        GiveUp(dial);
        events.Enqueue(new NetEvent.Unreachable(dial.Peer, dial.Address));
    }

    private void GiveUp(Dial dial)
    {
        handshakes.Remove(dial);
        if (connections.Find(dial.OwnId) is { IsConfirmed: false } onTrial)
            connections.Remove(onTrial);
    }

    private void Reply(IPEndPoint to, ReadOnlyMemory<byte> bytes)
    {
        if (replies.Count < TransportLimits.RepliesMax)
            replies.Enqueue(new(to, bytes));
    }

    private uint FreshId()
    {
        var id = options.Random.ConnectionId();
        while (handshakes.Uses(id) || connections.Find(id) is not null)
            id = options.Random.ConnectionId();
        return id;
    }
}

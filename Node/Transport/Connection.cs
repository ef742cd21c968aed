using System.Net;
using System.Security.Cryptography;
using Ledger.Consensus.Crypto;

namespace Ledger.Node.Transport;

/// <summary>
/// One peer after the handshake. In: <see cref="TryOpen"/>, then <see cref="OnFrames"/>; out: <see cref="Wants"/>, then
/// <see cref="TryBuild"/>; timers: <see cref="DueUs"/>, <see cref="OnTimer"/>. It is confirmed when the first packet
/// opened: only then does this side know that the other completed the handshake too.
/// </summary>
internal sealed class Connection : IDisposable
{
    private readonly PacketCipher sealer;
    private readonly PacketCipher opener;
    private readonly PlantedBug bugs;
    private readonly ReplayWindow replay = new();
    private readonly AckTracker acks = new();
    private readonly SendQueue[] outgoing;
    private readonly FrameHandler frames;
    private readonly LossRecovery recovery;
    private readonly MessageClass[] order;
    private readonly uint peerConnectionId;
    private readonly byte[] peerResetToken;
    private readonly long startedUs;
    private long nextNumber;
    private long heardUs;
    private long pingedUs;
    private bool owesPing;
    private CloseReason? closing;

    internal Connection(ConnectionTerms terms, long nowUs)
    {
        (Peer, Address, Inbound, OwnId) = (terms.Peer, terms.Address, terms.Inbound, terms.OwnId);
        peerConnectionId = terms.PeerConnectionId;
        bugs = terms.Options.Bugs;
        peerResetToken = terms.PeerResetToken;
        order = MessageClasses.InOrder(bugs);
        sealer = new(terms.Keys.Send, terms.Agreed);
        opener = new(terms.Keys.Receive, terms.Agreed);
        outgoing = [.. MessageClasses.All.Select(c => new SendQueue(c, !bugs.HasFlag(PlantedBug.NoRetransmission)))];
        recovery = new(outgoing);
        frames = new(Peer, recovery, filtersDuplicates: !bugs.HasFlag(PlantedBug.NoDuplicateFilter));
        startedUs = heardUs = pingedUs = nowUs;
        Observed = terms.Observed;
        if (terms.RoundTripUs > 0)
            recovery.RoundTrip.Sample(nowUs, terms.RoundTripUs, ackDelayUs: 0);
    }

    internal PeerId Peer { get; }

    internal IPEndPoint Address { get; }

    internal bool Inbound { get; }

    internal uint OwnId { get; }

    internal bool IsConfirmed { get; private set; }

    /// <summary>Our address as the peer saw it in the handshake; null where the peer was the one who called.</summary>
    internal IPEndPoint? Observed { get; }

    /// <summary>A dial of ours to the same peer was given up for this one; whoever asked for it must hear of a
    /// failure.</summary>
    internal bool TookOverDial { get; init; }

    internal bool IsDead(long nowUs) => nowUs >= EndUs || recovery.IsHopeless;

    internal long DueUs => Math.Min(Math.Min(EndUs, acks.DueUs), Math.Min(recovery.DueUs, KeepAliveDueUs));

    private long EndUs => IsConfirmed ? heardUs + TransportLimits.IdleUs : startedUs + TransportLimits.HalfOpenLifeUs;

    private long KeepAliveDueUs => Math.Max(heardUs, pingedUs) + TransportLimits.KeepAliveUs;

    internal bool TrySend(MessageClass messageClass, ReadOnlyMemory<byte> message) =>
        outgoing[(int)messageClass].TryAdd(message);

    internal void Ping() => owesPing = true;

    internal void Confirm() => IsConfirmed = true;

    /// <summary>Whether this is the peer's word that it has forgotten us. Before the connection is confirmed the peer
    /// may simply not have learned of it.</summary>
    internal bool IsEndedBy(ReadOnlySpan<byte> reset) => IsConfirmed
        && ResetPacket.ConnectionId(reset) == peerConnectionId
        && CryptographicOperations.FixedTimeEquals(ResetPacket.Token(reset), peerResetToken);

    /// <summary>Decrypts a packet of this connection into <paramref name="opened"/>.</summary>
    internal DropReason TryOpen(long nowUs, ReadOnlySpan<byte> packet, Span<byte> opened, out long number)
    {
        number = DataPacket.Number(packet, replay.Highest);
        // Before the decryption: a replayed packet costs nothing.
        if (!replay.IsFresh(number) && !bugs.HasFlag(PlantedBug.NoReplayWindow))
            return DropReason.Replayed;
        if (!opener.TryOpen(packet, number, opened))
            return DropReason.WrongTag;
        replay.Mark(number);
        heardUs = nowUs;
        BytesIn += packet.Length;
        return DropReason.None;
    }

    internal FrameOutcome OnFrames(long nowUs, long number, ReadOnlySpan<byte> content, Queue<NetEvent> events)
    {
        var outcome = frames.Read(nowUs, content, nextNumber, events);
        if (outcome.Close is null)
            acks.OnPacket(nowUs, number, outcome.ElicitsAck, outcome.Urgent);
        return outcome;
    }

    internal void OnTimer(long nowUs)
    {
        recovery.OnTimer(nowUs);
        if (nowUs < KeepAliveDueUs)
            return;
        pingedUs = nowUs;
        Ping();
    }

    /// <summary>Whether a packet led by <paramref name="level"/> should leave now; control counts as a vote.</summary>
    internal bool Wants(long nowUs, MessageClass level) =>
        level == MessageClass.Vote && (owesPing || acks.DueUs <= nowUs || recovery.Probes > 0) || MaySend(level);

    /// <summary>Builds one packet: acknowledgement, ping, then messages by urgency. 0 where there is nothing to
    /// say.</summary>
    internal int TryBuild(long nowUs, Span<byte> target)
    {
        var writer = new PacketWriter(target[DataPacket.HeaderBytes..^DataPacket.TagBytes]);
        if (closing is { } reason)
            FrameHandler.WriteClose(ref writer, reason);
        else if (acks.IsOwed)
            acks.Write(nowUs, ref writer);
        var parts = new List<Fragment>(1);
        WriteMessages(ref writer, parts);
        var elicits = parts.Count > 0 || TryWritePing(ref writer);
        return writer.Length == 0 ? 0 : Finish(nowUs, target, writer.Length, elicits ? parts : null);
    }

    /// <summary>Builds the one packet that says goodbye.</summary>
    internal int BuildClose(long nowUs, CloseReason reason, Span<byte> target)
    {
        closing = reason;
        return TryBuild(nowUs, target);
    }

    internal PeerStatistics Statistics() => new()
    {
        Peer = Peer,
        Address = Address,
        Inbound = Inbound,
        ConnectedSinceUs = startedUs,
        BytesIn = BytesIn,
        BytesOut = BytesOut,
        PacketsOut = nextNumber,
        PacketsLost = recovery.PacketsLost,
        SmoothedRttUs = recovery.RoundTrip.SmoothedUs,
        CongestionWindow = recovery.Window,
        QueuedBytes = outgoing.Sum(queue => queue.QueuedBytes),
    };

    public void Dispose()
    {
        sealer.Dispose();
        opener.Dispose();
    }

    private long BytesIn { get; set; }

    private long BytesOut { get; set; }

    private bool MaySend(MessageClass level) => recovery.Allows(level) && outgoing[(int)level].HasWork();

    private void WriteMessages(ref PacketWriter writer, List<Fragment> parts)
    {
        if (closing is not null)
            return;
        foreach (var level in order)
            while ((recovery.Probes > 0 || recovery.Allows(level))
                && parts.Count < TransportLimits.FramesMax / 2
                && outgoing[(int)level].TryTake(writer.Free, out var part))
            {
                FrameHandler.WriteMessage(ref writer, part);
                parts.Add(part);
            }
    }

    private bool TryWritePing(ref PacketWriter writer)
    {
        if (closing is not null || !owesPing && recovery.Probes == 0 || writer.Free == 0)
            return false;
        writer.U8(FrameType.Ping);
        return true;
    }

    private int Finish(long nowUs, Span<byte> target, int frameBytes, List<Fragment>? elicited)
    {
        var packet = target[..(DataPacket.HeaderBytes + frameBytes + DataPacket.TagBytes)];
        DataPacket.WriteHeader(packet, peerConnectionId, nextNumber);
        sealer.Seal(packet, nextNumber);
        if (elicited is not null)
        {
            recovery.OnSent(new(nextNumber, nowUs, packet.Length, elicited));
            owesPing = false;
        }
        nextNumber++;
        BytesOut += packet.Length;
        return packet.Length;
    }
}

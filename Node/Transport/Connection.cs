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
    private readonly SendKeys sealer;
    private readonly ReceiveKeys opener;
    private readonly PacketNumbers numbers;
    private readonly PeerPath path;
    private readonly PathMtu mtu;
    private readonly PlantedBug bugs;
    private readonly ReplayWindow replay = new();
    private readonly ControlFrames control = new();
    private readonly Outbox outbox;
    private readonly FrameHandler frames;
    private readonly LossRecovery recovery;
    private readonly uint peerConnectionId;
    private readonly byte[] peerResetToken;
    private readonly long startedUs;
    private long heardUs;
    private long pingedUs;
    private bool owesPing;
    private bool owesAddress;
    private bool isBroken;
    private CloseReason? closing;

    internal Connection(ConnectionTerms terms, MessageMemory memory, long nowUs)
    {
        (Peer, Inbound, OwnId) = (terms.Peer, terms.Inbound, terms.OwnId);
        peerConnectionId = terms.PeerConnectionId;
        var options = terms.Options;
        bugs = options.Bugs;
        peerResetToken = terms.PeerResetToken;
        sealer = new(new(terms.Keys.Send, terms.Agreed), nowUs, options.KeyPacketsMax);
        opener = new(new(terms.Keys.Receive, terms.Agreed));
        numbers = new(options.Random, skips: !bugs.HasFlag(PlantedBug.NoSkippedNumbers));
        path = new(terms.Address, options);
        mtu = new(options);
        outbox = new(options, mtu, control);
        recovery = outbox.Recovery;
        frames = new(new()
        {
            Peer = Peer,
            Connection = OwnId,
            SendCredit = outbox.Credit,
            ReceiveCredit = control.Credit,
            Recovery = recovery,
            Numbers = numbers,
            Mtu = mtu,
            Path = path,
            Memory = memory,
            FiltersDuplicates = !bugs.HasFlag(PlantedBug.NoDuplicateFilter),
        });
        startedUs = heardUs = pingedUs = nowUs;
        Observed = terms.Observed;
        if (terms.RoundTripUs > 0)
            recovery.RoundTrip.Sample(nowUs, terms.RoundTripUs, ackDelayUs: 0);
    }

    internal PeerId Peer { get; }

    internal IPEndPoint Address => path.Address;

    internal bool Inbound { get; }

    internal uint OwnId { get; }

    internal bool IsConfirmed { get; private set; }

    /// <summary>Our address as the peer saw it in the handshake; null where the peer was the one who called.</summary>
    internal IPEndPoint? Observed { get; }

    /// <summary>A dial of ours to the same peer was given up for this one; whoever asked for it must hear of a
    /// failure.</summary>
    internal bool TookOverDial { get; init; }

    internal bool IsDead(long nowUs) => nowUs >= EndUs || recovery.IsHopeless;

    /// <summary>The last batch carried votes or blocks.</summary>
    internal bool SentUrgent => outbox.SentUrgent;

    internal long DueUs => Math.Min(Math.Min(EndUs, control.Acks.DueUs),
        Math.Min(Math.Min(recovery.DueUs, KeepAliveDueUs), Math.Min(outbox.DueUs, ProbeDueUs)));

    private long ProbeDueUs => IsConfirmed ? Math.Min(path.DueUs, mtu.DueUs) : long.MaxValue;

    private long EndUs => IsConfirmed ? heardUs + TransportLimits.IdleUs : startedUs + TransportLimits.HalfOpenLifeUs;

    private long KeepAliveDueUs => Math.Max(heardUs, pingedUs) + TransportLimits.KeepAliveUs;

    internal bool TrySend(long nowUs, MessageClass messageClass, ReadOnlyMemory<byte> message) =>
        outbox.TryAdd(nowUs, messageClass, message);

    /// <summary>The peer does not take what it is sent.</summary>
    internal bool IsOverdue(long nowUs) => outbox.IsOverdue(nowUs);

    /// <summary>The layer above has dealt with a message: the peer may send as much again.</summary>
    internal void Consume(NetEvent.Received message)
    {
        if (message.Class == Credit.Class)
            control.Credit.Consume(message.Message.Length);
    }

    internal void Ping() => owesPing = true;

    internal void Confirm() => IsConfirmed = true;

    /// <summary>Whether this is the peer's word that it has forgotten us. Before the connection is confirmed the peer
    /// may simply not have learned of it.</summary>
    internal bool IsEndedBy(ReadOnlySpan<byte> reset) => IsConfirmed
        && ResetPacket.ConnectionId(reset) == peerConnectionId
        && CryptographicOperations.FixedTimeEquals(ResetPacket.Token(reset), peerResetToken);

    /// <summary>Decrypts a packet of this connection into <paramref name="opened"/>.</summary>
    internal DropReason TryOpen(
        long nowUs, IPEndPoint from, ReadOnlySpan<byte> packet, Span<byte> opened, out long number)
    {
        number = DataPacket.Number(packet, replay.Highest);
        // Before the decryption: a replayed packet costs nothing.
        if (!replay.IsFresh(number) && !bugs.HasFlag(PlantedBug.NoReplayWindow))
            return DropReason.Replayed;
        var graceUs = TransportLimits.ProbeTimeoutsOfGrace * recovery.RoundTrip.ProbeTimeoutUs;
        var reason = opener.TryOpen(nowUs, packet, number, opened, graceUs);
        if (reason != DropReason.None)
            return reason;
        isBroken |= opener.IsBroken || DataPacket.HasReservedBits(packet);
        path.OnPacket(nowUs, from, packet.Length, isNewest: number > replay.Highest);
        replay.Mark(number);
        heardUs = nowUs;
        BytesIn += packet.Length;
        return DropReason.None;
    }

    /// <summary>Acts upon the frames of a packet that was opened.</summary>
    internal FrameOutcome OnFrames(
        long nowUs, IPEndPoint from, long number, ReadOnlySpan<byte> content, Queue<NetEvent> events)
    {
        if (isBroken)
            return FrameOutcome.Broken;
        var outcome = frames.Read(nowUs, from, content, events);
        if (outcome.Close is null)
            control.Acks.OnPacket(
                nowUs, number, outcome.ElicitsAck, outcome.Urgent, recovery.RoundTrip.SmoothedUs);
        if (outcome.HasMoved)
            Move(nowUs);
        return outcome;
    }

    internal void OnTimer(long nowUs)
    {
        recovery.OnTimer(nowUs);
        path.OnTimer(nowUs);
        mtu.OnTimer(nowUs);
        if (nowUs < KeepAliveDueUs)
            return;
        pingedUs = nowUs;
        Ping();
    }

    /// <summary>Whether packets led by <paramref name="level"/> should leave now; control counts as a vote.</summary>
    internal bool Wants(long nowUs, MessageClass level) =>
        level == MessageClass.Vote && (owesPing || control.IsDue(nowUs) || recovery.Probes > 0)
        || outbox.Wants(nowUs, level);

    /// <summary>Builds a packet that asks something of a path, outside of loss recovery: its loss is an answer too. 0
    /// where there is nothing to ask.</summary>
    internal int TryBuildProbe(long nowUs, Span<byte> target, out IPEndPoint to)
    {
        var content = target[DataPacket.HeaderBytes..];
        if (path.TryTake(nowUs, out to, out var frame))
        {
            var writer = new PacketWriter(content);
            frame.Write(ref writer);
            return Finish(nowUs, target, writer.Length);
        }
        if (!IsConfirmed || !mtu.WantsProbe(nowUs))
            return 0;
        var length = mtu.ProbeBytes - DataPacket.HeaderBytes - DataPacket.TagBytes;
        mtu.OnProbeSent(
            nowUs, numbers.Next, TransportLimits.ProbeTimeoutsOfGrace * recovery.RoundTrip.ProbeTimeoutUs);
        content[..length].Clear();
        content[0] = FrameType.Ping;
        return Finish(nowUs, target, length);
    }

    /// <summary>Builds packets led by one class, all of one length but the last; their bytes in all, 0 where there is
    /// nothing to say.</summary>
    internal int TryBuild(long nowUs, BatchLead lead, Span<byte> target, out int segmentBytes)
    {
        outbox.BeginBatch(nowUs, lead);
        var total = segmentBytes = 0;
        // What must arrive is of a size that every path carries: what vanished may have been too large.
        var size = recovery.Probes > 0 ? TransportLimits.DatagramBytesBase : mtu.Current;
        for (var left = Math.Min(outbox.BatchPackets, target.Length / size); left > 0; left--)
        {
            var length = BuildPacket(nowUs, lead.Class, target.Slice(total, size));
            total += length;
            segmentBytes = Math.Max(segmentBytes, length);
            if (length < size || !recovery.HasRoom)
                break;
        }
        outbox.EndBatch(nowUs, lead.Class, total);
        return total;
    }

    /// <summary>Builds the one packet that says goodbye.</summary>
    internal int BuildClose(long nowUs, CloseReason reason, Span<byte> target)
    {
        closing = reason;
        return BuildPacket(nowUs, MessageClass.Vote, target);
    }

    internal PeerStatistics Statistics() => new()
    {
        Peer = Peer,
        Address = Address,
        Inbound = Inbound,
        ConnectedSinceUs = startedUs,
        BytesIn = BytesIn,
        BytesOut = BytesOut,
        PacketsOut = numbers.Next,
        PacketsLost = recovery.PacketsLost,
        SmoothedRttUs = recovery.RoundTrip.SmoothedUs,
        CongestionWindow = recovery.Congestion.Window,
        QueuedBytes = outbox.QueuedBytes,
    };

    public void Dispose()
    {
        sealer.Dispose();
        opener.Dispose();
    }

    private long BytesIn { get; set; }

    private long BytesOut { get; set; }

    /// <summary>The peer is elsewhere: nothing that we knew of the way to it holds, and it wants to know where it
    /// is.</summary>
    private void Move(long nowUs)
    {
        recovery.OnPathChanged();
        mtu.OnPathChanged(nowUs);
        owesAddress = true;
        Ping();
    }

    /// <summary>Builds one packet: acknowledgement, credit, messages, and a ping if nothing else asks for an
    /// answer.</summary>
    private int BuildPacket(long nowUs, MessageClass lead, Span<byte> target)
    {
        var writer = new PacketWriter(target[DataPacket.HeaderBytes..^DataPacket.TagBytes]);
        if (closing is { } reason)
        {
            FrameHandler.WriteClose(ref writer, reason);
            return Finish(nowUs, target, writer.Length);
        }
        if (control.Acks.IsOwed)
            opener.OnAckSent();
        var said = control.Write(nowUs, ref writer);
        if (control.WantsAnswer)
            Ping();
        if (owesAddress)
            ObservedAddressFrame.Write(ref writer, Address);
        owesAddress = false;
        outbox.Fill(nowUs, lead, ref writer);
        var elicitsAck = outbox.Carried.Length > 0 || said.GrantsCredit || TryWritePing(ref writer);
        if (writer.Length == 0)
            return 0;
        var number = numbers.Next;
        var length = Finish(nowUs, target, writer.Length);
        if (elicitsAck)
        {
            recovery.OnSent(nowUs, number, length, said, outbox.Carried);
            control.OnAsked();
            owesPing = false;
        }
        return length;
    }

    private bool TryWritePing(ref PacketWriter writer)
    {
        if (!owesPing && recovery.Probes == 0 || writer.Free == 0)
            return false;
        writer.U8(FrameType.Ping);
        return true;
    }

    private int Finish(long nowUs, Span<byte> target, int frameBytes)
    {
        var packet = target[..(DataPacket.HeaderBytes + frameBytes + DataPacket.TagBytes)];
        var number = numbers.Next;
        if (sealer.Renew(nowUs, number, numbers.LargestAcked))
            Ping();
        DataPacket.WriteHeader(packet, peerConnectionId, number, sealer.Phase);
        sealer.Seal(packet, number);
        numbers.Advance(recovery.Congestion.Window / TransportLimits.DatagramBytesBase);
        BytesOut += packet.Length;
        return packet.Length;
    }
}

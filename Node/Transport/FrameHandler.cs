using System.Net;
using Ledger.Consensus.Crypto;

namespace Ledger.Node.Transport;

/// <summary>What a packet asks of its receiver. <paramref name="Close"/> ends the connection; <paramref name="ByPeer"/>
/// tells whether the peer says so or broke a rule. <paramref name="HasMoved"/>: the peer has proved a new
/// address.</summary>
internal readonly record struct FrameOutcome(
    bool ElicitsAck, bool Urgent, CloseReason? Close, bool ByPeer, bool HasMoved)
{
    internal static FrameOutcome Broken { get; } =
        new(false, false, CloseReason.ProtocolError, ByPeer: false, HasMoved: false);
}

/// <summary>The parts of a connection that frames speak to.</summary>
internal sealed record FrameTargets
{
    internal required PeerId Peer { get; init; }
    internal required LossRecovery Recovery { get; init; }
    internal required PacketNumbers Numbers { get; init; }
    internal required PathMtu Mtu { get; init; }
    internal required PeerPath Path { get; init; }
    internal required uint Connection { get; init; }
    internal required SendCredit SendCredit { get; init; }
    internal required ReceiveCredit ReceiveCredit { get; init; }
    internal required MessageMemory Memory { get; init; }
    internal required bool FiltersDuplicates { get; init; }
}

/// <summary>Reads the frames of opened packets: what is wrong here was made by the holder of the peer's key.</summary>
internal sealed class FrameHandler(FrameTargets targets)
{
    private readonly ReceiveQueue[] incoming =
        [.. MessageClasses.All.Select(c => new ReceiveQueue(c, targets.Memory, targets.FiltersDuplicates))];

    private readonly (long Start, long End)[] ranges = new (long, long)[TransportLimits.AckRangesMax];

    /// <summary>Reads all frames of a packet that came from <paramref name="from"/>.</summary>
    internal FrameOutcome Read(long nowUs, IPEndPoint from, ReadOnlySpan<byte> content, Queue<NetEvent> events)
    {
        var reader = new PacketReader(content);
        var outcome = default(FrameOutcome);
        for (var count = 0; !reader.AtEnd; count++)
        {
            var type = reader.U8();
            var read = count < TransportLimits.FramesMax && type switch
            {
                FrameType.Padding => TryReadPadding(ref reader),
                FrameType.Ping => true,
                FrameType.Ack => TryReadAck(nowUs, ref reader),
                FrameType.Window => TryReadWindow(ref reader),
                FrameType.PathChallenge => TryReadChallenge(ref reader, from),
                FrameType.PathResponse => TryReadResponse(ref reader, ref outcome, events),
                FrameType.ObservedAddress => TryReadAddress(ref reader, events),
                FrameType.Close => TryReadClose(ref reader, ref outcome),
                _ => FrameType.IsMessage(type) && TryReadMessage(ref reader, type, ref outcome, events),
            };
            if (!read || reader.Failed)
                return FrameOutcome.Broken;
            if (outcome.Close is not null)
                return outcome;
            if (type is not (FrameType.Padding or FrameType.Ack))
                outcome = outcome with { ElicitsAck = true };
        }
        return outcome;
    }

    internal static void WriteMessage(ref PacketWriter writer, Fragment part)
    {
        var message = part.Message;
        new MessageFrame
        {
            Class = message.Class,
            IsPart = !message.IsWhole,
            Id = message.Id,
            Offset = part.Offset,
            Total = message.Data.Length,
            Data = message.Data.Span.Slice(part.Offset, part.Length),
        }.Write(ref writer);
    }

    internal static void WriteClose(ref PacketWriter writer, CloseReason reason)
    {
        writer.U8(FrameType.Close);
        writer.U16((int)reason);
    }

    /// <summary>Any run of padding is one frame: it only makes a packet long.</summary>
    private static bool TryReadPadding(ref PacketReader reader)
    {
        reader.SkipZeros();
        return true;
    }

    private bool TryReadAck(long nowUs, ref PacketReader reader)
    {
        var count = AckFrame.Read(ref reader, ranges, out var delayUnits);
        var acked = ranges.AsSpan(0, count);
        if (count == 0 || !targets.Numbers.TryAcknowledge(acked))
            return false;
        targets.Mtu.OnAck(acked);
        // Whatever a peer claims, an acknowledgement is never held back for longer than the protocol allows.
        var delayUs = Math.Min(delayUnits, TransportLimits.AckDelayUs / AckFrame.DelayUnitUs) * AckFrame.DelayUnitUs;
        targets.Recovery.OnAck(nowUs, acked, delayUs);
        return true;
    }

    private bool TryReadWindow(ref PacketReader reader)
    {
        targets.SendCredit.Raise(WindowFrame.Read(ref reader).Limit);
        return true;
    }

    private bool TryReadChallenge(ref PacketReader reader, IPEndPoint from)
    {
        targets.Path.OnChallenge(from, reader.U64());
        return true;
    }

    private bool TryReadResponse(ref PacketReader reader, ref FrameOutcome outcome, Queue<NetEvent> events)
    {
        if (!targets.Path.OnResponse(reader.U64()))
            return true;
        outcome = outcome with { HasMoved = true };
        events.Enqueue(new NetEvent.PeerMoved(targets.Peer, targets.Path.Address));
        return true;
    }

    private bool TryReadAddress(ref PacketReader reader, Queue<NetEvent> events)
    {
        if (ObservedAddressFrame.Read(ref reader) is not { } address)
            return false;
        events.Enqueue(new NetEvent.AddressObserved(targets.Peer, address));
        return true;
    }

    /// <summary>The last frame of a connection is the last of its packet.</summary>
    private static bool TryReadClose(ref PacketReader reader, ref FrameOutcome outcome)
    {
        outcome = outcome with { Close = (CloseReason)reader.U16(), ByPeer = true };
        return reader.AtEnd;
    }

    private bool TryReadMessage(ref PacketReader reader, byte type, ref FrameOutcome outcome, Queue<NetEvent> events)
    {
        var frame = MessageFrame.Read(ref reader, type);
        if (reader.Failed)
            return false;
        var queue = incoming[(int)frame.Class];
        if (frame.Class == Credit.Class && queue.IsFirstOf(frame) && !targets.ReceiveCredit.TryTake(frame.Total))
        {
            outcome = outcome with { Close = CloseReason.OverCredit };
            return true;
        }
        if (!queue.TryAdd(frame, out var message))
            return false;
        outcome = outcome with { Urgent = outcome.Urgent || frame.Class == MessageClass.Vote };
        if (message is not null)
            events.Enqueue(
                new NetEvent.Received(targets.Peer, frame.Class, message) { Connection = targets.Connection });
        return true;
    }
}

using Ledger.Consensus.Crypto;

namespace Ledger.Node.Transport;

/// <summary>What a packet asks of its receiver. <paramref name="Close"/> ends the connection; <paramref name="ByPeer"/>
/// tells whether the peer says so or broke a rule.</summary>
internal readonly record struct FrameOutcome(bool ElicitsAck, bool Urgent, CloseReason? Close, bool ByPeer);

/// <summary>Reads the frames of opened packets: what is wrong here was made by the holder of the peer's key.</summary>
internal sealed class FrameHandler(PeerId peer, LossRecovery recovery, MessageMemory memory, bool filtersDuplicates)
{
    private static readonly FrameOutcome Broken = new(false, false, CloseReason.ProtocolError, ByPeer: false);

    private readonly ReceiveQueue[] incoming =
        [.. MessageClasses.All.Select(c => new ReceiveQueue(c, memory, filtersDuplicates))];
    private readonly (long Start, long End)[] ranges = new (long, long)[TransportLimits.AckRangesMax];

    /// <summary>Reads all frames; <paramref name="unusedNumber"/> is the first packet number that we have not
    /// sent.</summary>
    internal FrameOutcome Read(long nowUs, ReadOnlySpan<byte> content, long unusedNumber, Queue<NetEvent> events)
    {
        var reader = new PacketReader(content);
        var outcome = default(FrameOutcome);
        for (var count = 0; !reader.AtEnd; count++)
        {
            var type = reader.U8();
            var read = count < TransportLimits.FramesMax && type switch
            {
                FrameType.Padding => true,
                FrameType.Ping => true,
                FrameType.Ack => TryReadAck(nowUs, ref reader, unusedNumber),
                FrameType.Close => TryReadClose(ref reader, ref outcome),
                _ => FrameType.IsMessage(type) && TryReadMessage(ref reader, type, ref outcome, events),
            };
            if (!read || reader.Failed)
                return Broken;
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

    private bool TryReadAck(long nowUs, ref PacketReader reader, long unusedNumber)
    {
        var count = AckFrame.Read(ref reader, ranges, out var delayUs);
        // Who acknowledges what was never sent wants us to send faster than the path can carry.
        if (count == 0 || ranges[0].End > unusedNumber)
            return false;
        recovery.OnAck(nowUs, ranges.AsSpan(0, count), delayUs);
        return true;
    }

    private static bool TryReadClose(ref PacketReader reader, ref FrameOutcome outcome)
    {
        outcome = outcome with { Close = (CloseReason)reader.U16(), ByPeer = true };
        return true;
    }

    private bool TryReadMessage(ref PacketReader reader, byte type, ref FrameOutcome outcome, Queue<NetEvent> events)
    {
        var frame = MessageFrame.Read(ref reader, type);
        if (reader.Failed || !incoming[(int)frame.Class].TryAdd(frame, out var message))
            return false;
        outcome = outcome with { Urgent = outcome.Urgent || frame.Class == MessageClass.Vote };
        if (message is not null)
            events.Enqueue(new NetEvent.Received(peer, frame.Class, message));
        return true;
    }
}

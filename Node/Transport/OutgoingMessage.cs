namespace Ledger.Node.Transport;

/// <summary>A message on its way out, and how much of it the peer has. The object is used again for a later message
/// of its queue, under another <see cref="Id"/>.</summary>
internal sealed class OutgoingMessage(MessageClass messageClass)
{
    private readonly RangeSet acked = new();

    internal long Id { get; private set; } = -1;

    internal MessageClass Class { get; } = messageClass;

    internal ReadOnlyMemory<byte> Data { get; private set; }

    internal bool IsWhole => Data.Length <= TransportLimits.SinglePacketBytesMax;

    /// <summary>Bytes sent at least once.</summary>
    internal int Sent { get; set; }

    internal bool IsBegun { get; set; }

    internal bool IsFinished { get; private set; }

    /// <summary>What the receiver charges while it has a part of the message only.</summary>
    internal int OpenBytes => IsWhole ? 0 : PartialMessage.ChargeMax(Data.Length);

    internal void Begin(long id, ReadOnlyMemory<byte> data)
    {
        (Id, Data, Sent, IsBegun, IsFinished) = (id, data, 0, false, false);
        acked.Clear();
    }

    /// <summary>Lets go of the bytes; only late copies of its packets still name this message.</summary>
    internal void Release() => Data = default;

    internal bool HasArrived(Fragment part) =>
        part.Id != Id || IsFinished || acked.Contains(part.Offset, part.Offset + part.Length);

    /// <summary>Takes an acknowledged part; true when it was the last one missing.</summary>
    internal bool OnAcked(Fragment part)
    {
        if (part.Id != Id || IsFinished)
            return false;
        if (!IsWhole)
            acked.Add(part.Offset, part.Offset + part.Length);
        IsFinished = IsWhole || acked.Contains(0, Data.Length);
        return IsFinished;
    }
}

/// <summary>A part of a message that one packet carried.</summary>
internal readonly record struct Fragment(OutgoingMessage Message, long Id, int Offset, int Length)
{
    internal bool HasArrived => Message.HasArrived(this);
}

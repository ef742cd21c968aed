namespace Ledger.Node.Transport;

/// <summary>A message on its way out, and how much of it the peer has.</summary>
internal sealed class OutgoingMessage(long id, MessageClass messageClass, ReadOnlyMemory<byte> data)
{
    private readonly RangeSet acked = new();

    internal long Id { get; } = id;

    internal MessageClass Class { get; } = messageClass;

    internal ReadOnlyMemory<byte> Data { get; } = data;

    internal bool IsWhole => Data.Length <= TransportLimits.SinglePacketBytesMax;

    /// <summary>Bytes sent at least once.</summary>
    internal int Sent { get; set; }

    internal bool IsBegun { get; set; }

    internal bool IsFinished { get; private set; }

    /// <summary>What the receiver charges while it has a part of the message only.</summary>
    internal int OpenBytes => IsWhole ? 0 : PartialMessage.ChargeMax(Data.Length);

    internal bool HasArrived(Fragment part) => IsFinished || acked.Contains(part.Offset, part.Offset + part.Length);

    /// <summary>Takes an acknowledged part; true when it was the last one missing.</summary>
    internal bool OnAcked(Fragment part)
    {
        if (IsFinished)
            return false;
        if (!IsWhole)
            acked.Add(part.Offset, part.Offset + part.Length);
        IsFinished = IsWhole || acked.Contains(0, Data.Length);
        return IsFinished;
    }
}

/// <summary>A part of a message that one packet carried.</summary>
internal readonly record struct Fragment(OutgoingMessage Message, int Offset, int Length);

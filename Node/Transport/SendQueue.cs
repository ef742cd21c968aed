namespace Ledger.Node.Transport;

/// <summary>
/// The messages of one class to one peer until they are acknowledged: first what was lost, then what is new. It
/// begins no message that the receiver would have to refuse: by count (<see cref="IdWindow"/>), by memory for
/// unfinished ones, or by credit, where its class has any.
/// </summary>
internal sealed class SendQueue(MessageClass messageClass, SendCredit? credit, bool retransmits)
{
    private readonly Queue<OutgoingMessage> fresh = new();
    private readonly Queue<Fragment> lost = new();
    private readonly Stack<OutgoingMessage> spare = new();
    private readonly IdWindow finished = new();
    private long nextId;
    private int unfinished;
    private int openBytes;
    private long? fullSinceUs;

    /// <summary>Bytes of all messages that are not acknowledged as a whole.</summary>
    internal int QueuedBytes { get; private set; }

    /// <summary>Whether so much has waited for so long that the peer must be too slow for it.</summary>
    internal bool IsOverdue(long nowUs) => nowUs >= fullSinceUs + TransportLimits.QueueFullUs;

    internal bool TryAdd(long nowUs, ReadOnlyMemory<byte> data)
    {
        var bytesMax = TransportLimits.QueueBytesMax(messageClass);
        // A peer that takes one message now and then is still too slow: only a queue that drains is not.
        if (QueuedBytes <= bytesMax / 2)
            fullSinceUs = null;
        if (unfinished >= TransportLimits.QueueMessagesMax || QueuedBytes > 0 && QueuedBytes + data.Length > bytesMax)
        {
            fullSinceUs ??= nowUs;
            return false;
        }
        var message = spare.Count > 0 ? spare.Pop() : new(messageClass);
        message.Begin(nextId++, data);
        fresh.Enqueue(message);
        unfinished++;
        QueuedBytes += data.Length;
        return true;
    }

    /// <summary>Whether there is anything to send now.</summary>
    internal bool HasWork()
    {
        while (lost.TryPeek(out var part) && part.HasArrived)
            lost.Dequeue();
        return lost.Count > 0 || fresh.TryPeek(out var next) && MayBegin(next);
    }

    /// <summary>The next part that fits into <paramref name="room"/> bytes, frame header included.</summary>
    internal bool TryTake(int room, out Fragment part)
    {
        part = default;
        if (!HasWork())
            return false;
        return lost.Count > 0 ? TryTakeLost(room, out part) : TryTakeFresh(room, out part);
    }

    internal void OnAcked(Fragment part)
    {
        var message = part.Message;
        if (!message.OnAcked(part))
            return;
        finished.Finish(message.Id);
        unfinished--;
        QueuedBytes -= message.Data.Length;
        openBytes -= message.OpenBytes;
        message.Release();
        if (spare.Count < TransportLimits.SpareMessagesMax)
            spare.Push(message);
    }

    internal void OnLost(Fragment part)
    {
        if (retransmits && !part.HasArrived)
            lost.Enqueue(part);
    }

    private bool MayBegin(OutgoingMessage message) => message.IsBegun
        || !finished.IsBeyond(message.Id)
            && openBytes + message.OpenBytes <= TransportLimits.OpenBytesMax(messageClass)
            && credit?.Covers(message.Data.Length) != false;

    private void Begin(OutgoingMessage message)
    {
        openBytes += message.OpenBytes;
        credit?.Spend(message.Data.Length);
        message.IsBegun = true;
    }

    private bool TryTakeLost(int room, out Fragment part)
    {
        part = lost.Peek();
        var fits = room - HeaderBytes(part.Message, part.Offset);
        if (fits < LeastLength(part.Message, part.Length))
            return false;
        lost.Dequeue();
        if (fits >= part.Length)
            return true;
        // Of a part that does not fit the rest waits for its next packet.
        lost.Enqueue(part with { Offset = part.Offset + fits, Length = part.Length - fits });
        part = part with { Length = fits };
        return true;
    }

    private bool TryTakeFresh(int room, out Fragment part)
    {
        var message = fresh.Peek();
        var left = message.Data.Length - message.Sent;
        var fits = room - HeaderBytes(message, message.Sent);
        part = new(message, message.Id, message.Sent, Math.Min(left, Math.Max(fits, 0)));
        if (fits < LeastLength(message, left))
            return false;
        if (!message.IsBegun)
            Begin(message);
        message.Sent += part.Length;
        if (message.Sent == message.Data.Length)
            fresh.Dequeue();
        return true;
    }

    // To the byte: packets of bulk are all of one length, which batches need.
    private static int HeaderBytes(OutgoingMessage message, int offset) => message.IsWhole
        ? MessageFrame.HeaderBytes(message.Id)
        : MessageFrame.HeaderBytes(message.Id, offset, message.Data.Length);

    private static int LeastLength(OutgoingMessage message, int left) =>
        message.IsWhole ? left : Math.Min(left, TransportLimits.FragmentBytesMin);
}

namespace Ledger.Node.Transport;

/// <summary>The messages of one class from one peer until they are whole. An honest sender stays within every bound
/// here (see <see cref="SendQueue"/>), so that a breach is a protocol error.</summary>
internal sealed class ReceiveQueue(MessageClass messageClass, MessageMemory memory, bool filtersDuplicates)
{
    private readonly IdWindow finished = new();
    private readonly Dictionary<long, PartialMessage> open = [];
    private readonly Stack<PartialMessage> spare = new();

    /// <summary>Memory that unfinished messages hold.</summary>
    internal int OpenBytes { get; private set; }

    /// <summary>Whether nothing has come of the message of this frame yet.</summary>
    internal bool IsFirstOf(MessageFrame frame) =>
        finished.IsBeyond(frame.Id) || !finished.IsFinished(frame.Id) && !open.ContainsKey(frame.Id);

    /// <summary>Takes a frame. False is a protocol error; <paramref name="message"/> is set where one became
    /// whole.</summary>
    internal bool TryAdd(MessageFrame frame, out byte[]? message)
    {
        message = null;
        if (finished.IsBeyond(frame.Id))
            return false;
        if (finished.IsFinished(frame.Id) && filtersDuplicates)
            return true;
        if (!frame.IsPart)
            return TryFinish(frame.Id, frame.Data.ToArray(), out message);
        return TryAddPart(frame, out message);
    }

    private bool TryAddPart(MessageFrame frame, out byte[]? message)
    {
        message = null;
        if (!open.TryGetValue(frame.Id, out var partial))
            open[frame.Id] = partial = Begin((int)frame.Total);
        if (partial.Total != frame.Total)
            return false;
        OpenBytes -= partial.Charge;
        partial.Add((int)frame.Offset, frame.Data);
        OpenBytes += partial.Charge;
        if (partial.IsTooFragmented || OpenBytes > TransportLimits.OpenBytesMax(messageClass))
            return false;
        return !partial.IsComplete || TryFinish(frame.Id, partial.Assemble(), out message);
    }

    private bool TryFinish(long id, byte[] whole, out byte[]? message)
    {
        message = whole;
        if (open.Remove(id, out var partial))
            End(partial);
        if (!finished.IsFinished(id))
            finished.Finish(id);
        return true;
    }

    private PartialMessage Begin(int total)
    {
        var partial = spare.TryPop(out var used) ? used : new(memory);
        partial.Begin(total);
        return partial;
    }

    private void End(PartialMessage partial)
    {
        OpenBytes -= partial.Charge;
        partial.Release();
        if (spare.Count < TransportLimits.SpareMessagesMax)
            spare.Push(partial);
    }
}

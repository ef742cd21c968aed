namespace Ledger.Node.Transport;

/// <summary>
/// How much of one class one side may begin before the other has dealt with what came before: a receiver that is slow
/// holds back its sender, and not the messages of all others. Messages count whole, from their first part on. Votes
/// are few and blobs were asked for: only blocks, transactions and control need it.
/// </summary>
internal static class Credit
{
    internal const MessageClass Class = MessageClass.Chain;

    internal static long CostOf(long length) => length + TransportLimits.MessageCostBytes;
}

/// <summary>What the peer lets us begin.</summary>
internal sealed class SendCredit
{
    private long limit = TransportLimits.CreditBytes;
    private long spent;

    internal bool Covers(long length) => spent + Credit.CostOf(length) <= limit;

    internal void Spend(long length) => spent += Credit.CostOf(length);

    /// <summary>What was granted once stays granted: a lower limit is an old one that was overtaken.</summary>
    internal void Raise(long newLimit) => limit = Math.Max(limit, newLimit);
}

/// <summary>What we let the peer begin.</summary>
internal sealed class ReceiveCredit
{
    private long granted = TransportLimits.CreditBytes;
    private long taken;
    private long consumed;

    /// <summary>Whether the peer should hear of what it may begin by now.</summary>
    internal bool IsOwed { get; private set; }

    /// <summary>The peer begins a message; false where it had no credit for it.</summary>
    internal bool TryTake(long length)
    {
        taken += Credit.CostOf(length);
        return taken <= granted;
    }

    /// <summary>The layer above has dealt with a message. Half of the credit is granted at once: less would be a packet
    /// for each message, and more could leave a sender of the longest message waiting for ever.</summary>
    internal void Consume(long length)
    {
        consumed += Credit.CostOf(length);
        IsOwed |= consumed + TransportLimits.CreditBytes - granted >= TransportLimits.CreditBytes / 2;
    }

    internal long Grant()
    {
        IsOwed = false;
        return granted = consumed + TransportLimits.CreditBytes;
    }

    /// <summary>The packet that told the peer is lost; what it is told instead is the newest.</summary>
    internal void OnLost() => IsOwed = true;
}

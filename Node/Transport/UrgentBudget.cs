namespace Ledger.Node.Transport;

/// <summary>What of the votes to one peer goes before everything else. Beyond it votes are traffic like other: whoever
/// makes us send more votes than consensus ever needs cannot starve the rest.</summary>
internal sealed class UrgentBudget
{
    private readonly Pacer messages = new();
    private readonly Pacer bytes = new();

    internal long DueUs => Math.Max(messages.DueUs, bytes.DueUs);

    internal bool IsDue(long nowUs) => messages.IsDue(nowUs) && bytes.IsDue(nowUs);

    internal void OnSent(long nowUs, int length)
    {
        messages.OnSent(nowUs, 1, TransportLimits.UrgentMessagesPerSecond, TransportLimits.UrgentBurstUs);
        bytes.OnSent(nowUs, length, TransportLimits.UrgentBytesPerSecond, TransportLimits.UrgentBurstUs);
    }
}

namespace Ledger.Node.Transport;

/// <summary>Tells congestion from line noise: losses are heavy when they are more than one part in fifty, and enough
/// to say so.</summary>
internal sealed class RoundLosses
{
    private long all;
    private long lost;

    internal bool IsHeavy => lost >= TransportLimits.LossesHeavyBytes && lost * TransportLimits.LossTolerated > all;

    /// <summary>More than one in ten.</summary>
    internal bool IsSevere => lost >= TransportLimits.LossesHeavyBytes && lost * TransportLimits.LossSevere > all;

    internal void Add(int ackedBytes, int lostBytes)
    {
        if (all >= TransportLimits.LossSampleBytes)
            Clear();
        all += ackedBytes + lostBytes;
        lost += lostBytes;
    }

    internal void Clear() => (all, lost) = (0, 0);
}

namespace Ledger.Node.Transport;

/// <summary>Spreads packets, or messages, over time: after some left, the next may leave when the path has had the time
/// to carry them.</summary>
internal sealed class Pacer
{
    private long freeNs;

    /// <summary>When the next may leave.</summary>
    internal long DueUs => (freeNs + 999) / 1_000;

    internal bool IsDue(long nowUs) => freeNs <= nowUs * 1_000;

    /// <summary>So much leaves now. What was not used for a while may be caught up with, up to
    /// <paramref name="catchUpUs"/>.</summary>
    internal void OnSent(long nowUs, long amount, long perSecond, long catchUpUs) =>
        freeNs = Math.Max(freeNs, (nowUs - catchUpUs) * 1_000) + amount * 1_000_000_000 / perSecond;
}

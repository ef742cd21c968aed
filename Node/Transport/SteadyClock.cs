namespace Ledger.Node.Transport;

/// <summary>
/// The caller's time made steady: where it jumps back, ours goes on from the latest moment that it has shown. No round
/// trip is negative and no timer waits for an hour to come again.
/// </summary>
internal sealed class SteadyClock
{
    private long aheadUs;
    private long latestUs = long.MinValue;

    internal long Read(long callerUs)
    {
        if (callerUs + aheadUs < latestUs)
            aheadUs = latestUs - callerUs;
        return latestUs = callerUs + aheadUs;
    }

    /// <summary>A moment of ours as the caller's clock shows it; <see cref="long.MaxValue"/> stays "never".</summary>
    internal long ToCaller(long ownUs) => ownUs == long.MaxValue ? ownUs : ownUs - aheadUs;
}

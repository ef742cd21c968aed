namespace Ledger.Node.Transport;

/// <summary>A rate with a burst: so many tokens come each second, and at most a burst of them waits.</summary>
internal sealed class TokenBucket(int perSecond, int burst)
{
    // Levels are counted in millionths of a token, so that a microsecond brings a whole number of them.
    private const long Token = 1_000_000;

    private long level = burst * Token;
    private long filledUs;

    internal bool TryTake(long nowUs)
    {
        var elapsedUs = Math.Clamp(nowUs - filledUs, 0, burst * Token);
        level = Math.Min(level + elapsedUs * perSecond, burst * Token);
        filledUs = nowUs;
        if (level < Token)
            return false;
        level -= Token;
        return true;
    }
}

/// <summary>A rate for each host. Strangers can name any host as theirs, so that the table is emptied when it is full:
/// then a limit for all of them together must hold.</summary>
internal sealed class HostRates(int perSecond, int burst)
{
    private readonly Dictionary<AddressGroup, TokenBucket> hosts = [];

    internal bool TryTake(long nowUs, AddressGroup host)
    {
        if (!hosts.TryGetValue(host, out var bucket))
        {
            if (hosts.Count >= TransportLimits.HostRatesMax)
                hosts.Clear();
            hosts[host] = bucket = new(perSecond, burst);
        }
        return bucket.TryTake(nowUs);
    }
}

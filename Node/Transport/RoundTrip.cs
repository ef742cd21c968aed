namespace Ledger.Node.Transport;

/// <summary>Round-trip time as in RFC 9002 section 5, in whole microseconds.</summary>
internal sealed class RoundTrip
{
    private long variationUs = TransportLimits.InitialRttUs / 2;
    private long olderMinUs = long.MaxValue;
    private long newerMinUs = long.MaxValue;
    private long windowEndUs;
    private bool sampled;

    internal long SmoothedUs { get; private set; } = TransportLimits.InitialRttUs;

    internal long LatestUs { get; private set; } = TransportLimits.InitialRttUs;

    /// <summary>The smallest sample of the last one to two windows: routes change, so that no minimum is for
    /// ever.</summary>
    internal long MinUs => Math.Min(olderMinUs, newerMinUs);

    /// <summary>Silence after which a probe asks for an acknowledgement (section 6.2).</summary>
    internal long ProbeTimeoutUs =>
        SmoothedUs + Math.Max(4 * variationUs, TransportLimits.GranularityUs) + TransportLimits.AckDelayUs;

    /// <summary>Age at which a packet is lost if a later one arrived (section 6.1.2).</summary>
    internal long LossDelayUs => Math.Max(Math.Max(SmoothedUs, LatestUs) * 9 / 8, TransportLimits.GranularityUs);

    internal void Sample(long nowUs, long sampleUs, long ackDelayUs)
    {
        LatestUs = Math.Max(1, sampleUs);
        RememberMin(nowUs);
        // The delay is the peer's claim: it may not take a sample below the smallest one seen.
        var adjusted = LatestUs - ackDelayUs >= MinUs ? LatestUs - ackDelayUs : LatestUs;
        if (!sampled)
        {
            (SmoothedUs, variationUs, sampled) = (adjusted, adjusted / 2, true);
            return;
        }
        variationUs = (3 * variationUs + Math.Abs(SmoothedUs - adjusted)) / 4;
        SmoothedUs = (7 * SmoothedUs + adjusted) / 8;
    }

    /// <summary>Begins anew, on another path.</summary>
    internal void Reset()
    {
        (SmoothedUs, LatestUs) = (TransportLimits.InitialRttUs, TransportLimits.InitialRttUs);
        (variationUs, sampled) = (TransportLimits.InitialRttUs / 2, false);
        (olderMinUs, newerMinUs, windowEndUs) = (long.MaxValue, long.MaxValue, 0);
    }

    private void RememberMin(long nowUs)
    {
        if (nowUs >= windowEndUs)
        {
            (olderMinUs, newerMinUs) = (newerMinUs, long.MaxValue);
            windowEndUs = nowUs + TransportLimits.MinRttWindowUs;
        }
        newerMinUs = Math.Min(newerMinUs, LatestUs);
    }
}

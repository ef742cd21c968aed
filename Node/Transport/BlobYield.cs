namespace Ledger.Node.Transport;

/// <summary>
/// Blobs give way on the path as well as at home: while votes or blocks travel and our packets queue for long, blobs go
/// at half their rate until the queue is gone. The idea is LEDBAT's (RFC 6817), whose 100 ms are too much for votes.
/// </summary>
internal sealed class BlobYield(RoundTrip roundTrip)
{
    private bool yields;
    private long decideUs;

    /// <summary>What blobs take of this rate.</summary>
    internal long ShareOf(long pacingRate) => yields ? Math.Max(1, pacingRate / 2) : pacingRate;

    /// <summary>Decides anew, once in a round trip.</summary>
    internal void Observe(long nowUs, bool othersActive, long queueUs)
    {
        if (nowUs < decideUs)
            return;
        decideUs = nowUs + roundTrip.SmoothedUs;
        yields = othersActive
            && queueUs > (yields ? TransportLimits.RecoverBelowUs : TransportLimits.YieldAboveUs);
    }
}

namespace Ledger.Node.Transport;

/// <summary>
/// Blobs give way on the path as well as at home: while votes or blocks travel and packets queue for long, blobs go at
/// half their rate, each round trip anew; when the queue is gone they recover. The idea is LEDBAT's (RFC 6817), whose
/// 100 ms are too much for votes.
/// </summary>
internal sealed class BlobYield(RoundTrip roundTrip)
{
    private const int Whole = 1_024, Least = Whole / 16;

    private readonly Pacer pacer = new(TransportLimits.PacingCatchUpUs);
    private int share = Whole;
    private long decideUs;

    internal long DueUs => pacer.DueUs;

    internal bool IsDue(long nowUs) => pacer.IsDue(nowUs);

    internal void OnSent(long nowUs, int bytes, long pacingRate)
    {
        if (share < Whole)
            pacer.OnSent(nowUs, bytes, Math.Max(1, pacingRate * share / Whole));
    }

    /// <summary>Decides anew, once in a round trip.</summary>
    internal void Observe(long nowUs, bool othersActive)
    {
        if (nowUs < decideUs)
            return;
        decideUs = nowUs + roundTrip.SmoothedUs;
        var queueUs = roundTrip.SmoothedUs - roundTrip.MinUs;
        if (othersActive && queueUs > TransportLimits.YieldAboveUs)
            share = Math.Max(share / 2, Least);
        else if (!othersActive || queueUs < TransportLimits.RecoverBelowUs)
            share = Math.Min(share / 4 * 5, Whole);
    }
}

namespace Ledger.Node.Transport;

/// <summary>NewReno in bytes as in RFC 9002 section 7: slow start, one halving for all losses of a round trip, then a
/// packet more each round trip.</summary>
internal sealed class NewReno(RoundTrip roundTrip) : CongestionController
{
    private int window = TransportLimits.CongestionWindowInitial;
    private int slowStartUntil = TransportLimits.CongestionWindowMax;
    private long recoveryStartUs = -1;
    private int credit;

    internal override int Window => window;

    // A quarter more than the window a round trip, so that pacing never holds the window back (section 7.7).
    internal override long PacingRate => window * 1_250_000L / roundTrip.SmoothedUs;

    internal override void OnAck(in AckSample sample)
    {
        if (sample.LostSentUs > recoveryStartUs)
        {
            recoveryStartUs = sample.NowUs;
            window = Math.Max(window / 2, TransportLimits.CongestionWindowMin);
            (slowStartUntil, credit) = (window, 0);
        }
        else if (sample.SentUs > recoveryStartUs && sample.InFlight.Before >= window / 2)
            Grow(sample.AckedBytes);
    }

    internal override void OnPersistentCongestion() => window = TransportLimits.CongestionWindowMin;

    private void Grow(int acked)
    {
        if (window < slowStartUntil)
            window += acked;
        else if ((credit += acked) >= window)
        {
            credit -= window;
            window += TransportLimits.DatagramBytesBase;
        }
        window = Math.Min(window, TransportLimits.CongestionWindowMax);
    }
}

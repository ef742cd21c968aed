namespace Ledger.Node.Transport;

/// <summary>
/// NewReno in bytes (RFC 9002 section 7) with the gentler cut of RFC 9438, and a ceiling on queueing delay: a window
/// that makes a queue longer than <see cref="TransportLimits.QueueDelayTargetUs"/> stops growing, and shrinks above
/// <see cref="TransportLimits.QueueDelayMaxUs"/>. Votes share the queue with bulk, and a loopback path gives no other
/// signal.
/// </summary>
internal sealed class Congestion(RoundTrip roundTrip)
{
    private int slowStartUntil = TransportLimits.CongestionWindowMax;
    private long recoveryStartUs = -1;
    private long roundStartUs;
    private long roundMinUs = long.MaxValue;
    private bool mayGrow = true;
    private int credit;

    internal int Window { get; private set; } = TransportLimits.CongestionWindowInitial;

    /// <summary>Takes an acknowledged packet; <paramref name="wasFull"/> tells whether the window held us
    /// back.</summary>
    internal void OnAcked(long nowUs, SentPacket packet, bool wasFull)
    {
        ObserveDelay(nowUs, packet.SentUs);
        if (packet.SentUs <= recoveryStartUs || !wasFull || !mayGrow)
            return;
        if (Window < slowStartUntil)
            Window += packet.Bytes;
        else if ((credit += packet.Bytes) >= Window)
        {
            credit -= Window;
            Window += TransportLimits.DatagramBytesBase;
        }
        Window = Math.Min(Window, TransportLimits.CongestionWindowMax);
    }

    /// <summary>One cut for all losses of one round trip.</summary>
    internal void OnLost(long nowUs, SentPacket packet)
    {
        if (packet.SentUs <= recoveryStartUs)
            return;
        recoveryStartUs = nowUs;
        Shrink(Window / 10 * 3);
    }

    private void ObserveDelay(long nowUs, long sentUs)
    {
        roundMinUs = Math.Min(roundMinUs, roundTrip.LatestUs);
        if (sentUs < roundStartUs)
            return;
        // The least of a round: jitter of single packets is no queue.
        var queueUs = roundMinUs - roundTrip.MinUs;
        mayGrow = queueUs < TransportLimits.QueueDelayTargetUs;
        if (!mayGrow)
            slowStartUntil = Math.Min(slowStartUntil, Window);
        if (queueUs > TransportLimits.QueueDelayMaxUs)
            Shrink(Window / 8);
        (roundStartUs, roundMinUs) = (nowUs, long.MaxValue);
    }

    private void Shrink(int bytes)
    {
        Window = Math.Max(Window - bytes, TransportLimits.CongestionWindowMin);
        slowStartUntil = Window;
        credit = 0;
    }
}

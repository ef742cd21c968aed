namespace Ledger.Node.Transport;

/// <summary>What was delivered when a packet left; kept with the packet.</summary>
internal readonly record struct DeliveryMark(long Delivered, long DeliveredUs, long FirstSentUs, bool IsAppLimited);

/// <summary>
/// How fast the path delivers, as in draft-cheng-iccrg-delivery-rate-estimation: bytes acknowledged between the
/// sending of a packet and its acknowledgement, over the longer of the times that sending and acknowledging them took.
/// So neither a burst of acknowledgements nor a burst of packets looks like a fast path.
/// </summary>
internal sealed class DeliveryRate
{
    private long delivered;
    private long deliveredUs;
    private long firstSentUs;
    private long appLimitedUntil = -1;
    private long roundEnd;
    private long roundEndUs;
    private (DeliveryMark Mark, long SentUs)? newest;

    /// <summary>The newest packet left after everything that was in flight when the last round began, and that was not
    /// just now.</summary>
    internal bool StartsRound { get; private set; }

    internal bool IsAppLimited => newest is { Mark.IsAppLimited: true };

    internal DeliveryMark OnSent(long nowUs, int inFlight)
    {
        if (inFlight == 0)
            firstSentUs = deliveredUs = nowUs;
        return new(delivered, deliveredUs, firstSentUs, appLimitedUntil >= 0);
    }

    /// <summary>There was room for more than there was to send.</summary>
    internal void OnAppLimited(int inFlight) => appLimitedUntil = delivered + inFlight;

    internal void OnAcked(long nowUs, in SentPacket packet)
    {
        delivered += packet.Bytes;
        deliveredUs = nowUs;
        if (newest is { } known && packet.Mark.Delivered < known.Mark.Delivered)
            return;
        newest = (packet.Mark, packet.SentUs);
        firstSentUs = packet.SentUs;
    }

    /// <summary>Bytes a second as of this acknowledgement, 0 where it does not tell.</summary>
    internal long Sample(long nowUs, long minRttUs)
    {
        StartsRound = false;
        if (newest is not { } packet)
            return 0;
        if (appLimitedUntil >= 0 && delivered > appLimitedUntil)
            appLimitedUntil = -1;
        if (packet.Mark.Delivered >= roundEnd)
        {
            (roundEnd, StartsRound) = (delivered, nowUs >= roundEndUs);
            roundEndUs = StartsRound ? nowUs + TransportLimits.BandwidthRoundUsMin : roundEndUs;
        }
        var us = Math.Max(packet.SentUs - packet.Mark.FirstSentUs, deliveredUs - packet.Mark.DeliveredUs);
        // Shorter than any round trip: acknowledgements were held back and came together.
        return us < Math.Max(1, minRttUs) ? 0 : (delivered - packet.Mark.Delivered) * 1_000_000 / us;
    }

    /// <summary>Forgets the acknowledgement that was sampled.</summary>
    internal void EndSample() => newest = null;
}

namespace Ledger.Node.Transport;

/// <summary>
/// Loss detection as in RFC 9002 section 6 with one packet number space: a packet is lost when a later one arrived
/// and it is three numbers or 9/8 of a round trip older; silence is answered by probes with growing waits.
/// </summary>
internal sealed class LossRecovery
{
    private readonly SendQueue[] queues;
    private readonly SentPackets sent = new();
    private readonly Congestion congestion;
    private long largestAcked = -1;
    private long lossDueUs = long.MaxValue;
    private long lastSentUs;
    private int bytesInFlight;
    private int timeouts;

    internal LossRecovery(SendQueue[] queues)
    {
        this.queues = queues;
        congestion = new(RoundTrip);
    }

    internal RoundTrip RoundTrip { get; } = new();

    internal int Window => congestion.Window;

    internal long PacketsLost { get; private set; }

    /// <summary>Whether so many probes in a row went unanswered that the peer must be gone, whatever else it
    /// sends.</summary>
    internal bool IsHopeless => timeouts > TransportLimits.ProbesUnansweredMax;

    /// <summary>Packets that must be sent whatever the window says, to provoke an acknowledgement.</summary>
    internal int Probes { get; private set; }

    internal long DueUs => Math.Min(lossDueUs, sent.Count == 0 ? long.MaxValue : lastSentUs + ProbeWaitUs);

    private long ProbeWaitUs =>
        Math.Min(RoundTrip.ProbeTimeoutUs << Math.Min(timeouts, 10), TransportLimits.ProbeTimeoutMaxUs);

    /// <summary>Whether the window has room; votes may exceed it a little, so that bulk in flight cannot hold them
    /// up.</summary>
    internal bool Allows(MessageClass messageClass) => !sent.IsFull
        && bytesInFlight - congestion.Window
            < (messageClass == MessageClass.Vote ? TransportLimits.UrgentAllowance : 0);

    internal void OnSent(SentPacket packet)
    {
        sent.Add(packet);
        bytesInFlight += packet.Bytes;
        lastSentUs = packet.SentUs;
        Probes = Math.Max(0, Probes - 1);
    }

    /// <summary>Takes an acknowledgement whose ranges were checked against the numbers that we used.</summary>
    internal void OnAck(long nowUs, ReadOnlySpan<(long Start, long End)> ranges, long delayUs)
    {
        // Several acknowledgements are read before the next packet is sent: half full is as full as it gets.
        var wasFull = bytesInFlight >= congestion.Window / 2;
        largestAcked = Math.Max(largestAcked, ranges[0].End - 1);
        Sample(nowUs, ranges[0].End - 1, delayUs);
        var any = false;
        foreach (var (start, end) in ranges)
            for (var i = sent.IndexOf(start); i < sent.Count && sent[i].Number < end; i++)
                any |= TrySettleAcked(nowUs, sent[i], wasFull);
        if (any)
            timeouts = 0;
        DetectLosses(nowUs);
    }

    internal void OnTimer(long nowUs)
    {
        if (nowUs >= lossDueUs)
            DetectLosses(nowUs);
        else if (nowUs >= DueUs)
            Probe(nowUs);
    }

    private void Sample(long nowUs, long number, long delayUs)
    {
        var index = sent.IndexOf(number);
        if (index < sent.Count && sent[index].Number == number && !sent[index].IsSettled)
            RoundTrip.Sample(nowUs, nowUs - sent[index].SentUs, delayUs);
    }

    private bool TrySettleAcked(long nowUs, SentPacket packet, bool wasFull)
    {
        if (packet.IsSettled)
            return false;
        Settle(packet);
        congestion.OnAcked(nowUs, packet, wasFull);
        foreach (var part in packet.Fragments)
            queues[(int)part.Message.Class].OnAcked(part);
        return true;
    }

    private void DetectLosses(long nowUs)
    {
        lossDueUs = long.MaxValue;
        for (var i = 0; i < sent.Count && sent[i].Number < largestAcked; i++)
        {
            var packet = sent[i];
            if (packet.IsSettled)
                continue;
            var lateUs = packet.SentUs + RoundTrip.LossDelayUs;
            if (packet.Number <= largestAcked - TransportLimits.PacketThreshold || lateUs <= nowUs)
                Lose(nowUs, packet);
            else
                lossDueUs = Math.Min(lossDueUs, lateUs);
        }
        sent.TrimSettled();
    }

    private void Lose(long nowUs, SentPacket packet)
    {
        Settle(packet);
        PacketsLost++;
        congestion.OnLost(nowUs, packet);
        foreach (var part in packet.Fragments)
            queues[(int)part.Message.Class].OnLost(part);
    }

    private void Settle(SentPacket packet)
    {
        packet.IsSettled = true;
        bytesInFlight -= packet.Bytes;
    }

    private void Probe(long nowUs)
    {
        timeouts++;
        // Two, since one may be lost too (section 6.2.4). They repeat the oldest content without giving it up.
        Probes = 2;
        lastSentUs = nowUs;
        var left = Probes;
        for (var i = 0; i < sent.Count && left > 0; i++)
        {
            if (sent[i].IsSettled)
                continue;
            left--;
            foreach (var part in sent[i].Fragments)
                queues[(int)part.Message.Class].OnLost(part);
        }
    }
}

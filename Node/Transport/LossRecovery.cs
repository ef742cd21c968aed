namespace Ledger.Node.Transport;

/// <summary>
/// Loss detection as in RFC 9002 section 6 with one packet number space: a packet is lost when a later one arrived
/// and it is some numbers or 9/8 of a round trip older; silence is answered by probes with growing waits. How many
/// numbers depends on the path: whenever a packet given up turns out to have been late only, it becomes more.
/// </summary>
internal sealed class LossRecovery
{
    private readonly SendQueue[] queues;
    private readonly CongestionAlgorithm algorithm;
    private readonly PathMtu mtu;
    private readonly ControlFrames control;
    private readonly SentPackets sent = new();
    private CongestionController congestion;
    private readonly DeliveryRate rate = new();
    private readonly LateArrivals late = new();
    private long largestAcked = -1;
    private long lossDueUs = long.MaxValue;
    private long lastSentUs;
    private int bytesInFlight;
    private int timeouts;
    private int ackedBytes;
    private int lostBytes;
    private long newestAckedUs;
    private long newestLostUs;

    internal LossRecovery(SendQueue[] queues, CongestionAlgorithm algorithm, PathMtu mtu, ControlFrames control)
    {
        (this.queues, this.algorithm, this.mtu, this.control) = (queues, algorithm, mtu, control);
        Queue = new(RoundTrip);
        congestion = CongestionController.Create(algorithm, RoundTrip, Queue);
    }

    internal RoundTrip RoundTrip { get; } = new();

    internal PathQueue Queue { get; private set; }

    internal CongestionController Congestion => congestion;

    internal long PacketsLost { get; private set; }

    /// <summary>Whether so many probes in a row went unanswered that the peer must be gone, whatever else it
    /// sends.</summary>
    internal bool IsHopeless => timeouts > TransportLimits.ProbesUnansweredMax;

    /// <summary>Packets that must be sent whatever the window says, to provoke an acknowledgement.</summary>
    internal int Probes { get; private set; }

    internal long DueUs => Math.Min(lossDueUs, sent.Count == 0 ? long.MaxValue : lastSentUs + ProbeWaitUs);

    private long ProbeWaitUs =>
        Math.Min(RoundTrip.ProbeTimeoutUs << Math.Min(timeouts, 10), TransportLimits.ProbeTimeoutMaxUs);

    /// <summary>Whether the window has room.</summary>
    internal bool HasRoom => !sent.IsFull && bytesInFlight < congestion.Window;

    /// <summary>Whether a vote may go: bulk in flight must not hold it up, so that votes may exceed the window a
    /// little.</summary>
    internal bool HasUrgentRoom => !sent.IsFull && bytesInFlight - congestion.Window < TransportLimits.UrgentAllowance;

    internal void OnSent(long nowUs, long number, int bytes, PacketControl said, ReadOnlySpan<Fragment> parts)
    {
        var packet = new SentPacket
        {
            Number = number,
            SentUs = nowUs,
            Bytes = bytes,
            Control = said,
            Mark = rate.OnSent(nowUs, bytesInFlight),
        };
        sent.Add(packet, parts);
        bytesInFlight += bytes;
        lastSentUs = nowUs;
        Probes = Math.Max(0, Probes - 1);
    }

    /// <summary>There is room and nothing to send.</summary>
    internal void OnAppLimited()
    {
        if (HasRoom)
            rate.OnAppLimited(bytesInFlight);
    }

    /// <summary>There was room and something to send, but nobody to send it in time.</summary>
    internal void OnHeldBack()
    {
        rate.OnAppLimited(bytesInFlight);
        congestion.OnHeldBack();
    }

    /// <summary>Takes an acknowledgement whose ranges were checked against the numbers that we used.</summary>
    internal void OnAck(long nowUs, ReadOnlySpan<(long Start, long End)> ranges, long delayUs)
    {
        var before = bytesInFlight;
        (ackedBytes, lostBytes, newestLostUs) = (0, 0, -1);
        largestAcked = Math.Max(largestAcked, ranges[0].End - 1);
        Sample(nowUs, ranges[0].End - 1, delayUs);
        foreach (var (start, end) in ranges)
        {
            for (var i = sent.IndexOf(start); i < sent.Count && sent[i].Number < end; i++)
                SettleAcked(nowUs, ref sent[i]);
            late.OnAcked(start, end, largestAcked);
        }
        if (ackedBytes > 0)
            timeouts = 0;
        DetectLosses(nowUs);
        if (ackedBytes + lostBytes > 0)
            Tell(nowUs, before);
    }

    /// <summary>Forgets what was learned about a path that is used no longer.</summary>
    internal void OnPathChanged()
    {
        RoundTrip.Reset();
        Queue = new(RoundTrip);
        congestion = CongestionController.Create(algorithm, RoundTrip, Queue);
        timeouts = 0;
    }

    internal void OnTimer(long nowUs)
    {
        if (nowUs >= lossDueUs)
        {
            var before = bytesInFlight;
            (ackedBytes, lostBytes, newestLostUs) = (0, 0, -1);
            DetectLosses(nowUs);
            if (lostBytes > 0)
                Tell(nowUs, before);
        }
        else if (nowUs >= DueUs)
            Probe(nowUs);
    }

    private void Tell(long nowUs, int before)
    {
        var deliveryRate = rate.Sample(nowUs, RoundTrip.MinUs);
        Queue.OnAck(nowUs, rate.StartsRound);
        congestion.OnAck(new()
        {
            NowUs = nowUs,
            SentUs = newestAckedUs,
            AckedBytes = ackedBytes,
            LostBytes = lostBytes,
            LostSentUs = newestLostUs,
            InFlight = (before, bytesInFlight),
            DeliveryRate = deliveryRate,
            IsAppLimited = rate.IsAppLimited,
            StartsRound = rate.StartsRound,
        });
        rate.EndSample();
    }

    private void Sample(long nowUs, long number, long delayUs)
    {
        var index = sent.IndexOf(number);
        if (index < sent.Count && sent[index].Number == number && !sent[index].IsSettled)
            RoundTrip.Sample(nowUs, nowUs - sent[index].SentUs, delayUs);
    }

    private void SettleAcked(long nowUs, ref SentPacket packet)
    {
        if (packet.IsSettled)
            return;
        Settle(ref packet);
        ackedBytes += packet.Bytes;
        newestAckedUs = Math.Max(newestAckedUs, packet.SentUs);
        rate.OnAcked(nowUs, packet);
        mtu.OnAcked(packet.Number, packet.Bytes);
        control.OnAcked(packet.Control);
        for (var i = 0; i < packet.PartCount; i++)
        {
            var part = sent.Part(packet, i);
            queues[(int)part.Message.Class].OnAcked(part);
        }
    }

    private void DetectLosses(long nowUs)
    {
        lossDueUs = long.MaxValue;
        var (lossDelayUs, persistentUs) = (RoundTrip.LossDelayUs, PersistentUs);
        var (rowStartUs, isPersistent) = (-1L, false);
        for (var i = 0; i < sent.Count && sent[i].Number < largestAcked; i++)
        {
            ref var packet = ref sent[i];
            var lateUs = packet.SentUs + lossDelayUs;
            if (packet.IsSettled)
                rowStartUs = -1;
            else if (packet.Number > largestAcked - late.Threshold && lateUs > nowUs)
                lossDueUs = Math.Min(lossDueUs, lateUs);
            else
            {
                rowStartUs = rowStartUs < 0 ? packet.SentUs : rowStartUs;
                isPersistent |= packet.SentUs - rowStartUs > persistentUs;
                Lose(nowUs, ref packet);
            }
        }
        sent.TrimSettled();
        if (isPersistent)
            congestion.OnPersistentCongestion();
    }

    // Section 7.6.1.
    private long PersistentUs => TransportLimits.PersistentTimeouts * RoundTrip.ProbeTimeoutUs;

    private void Lose(long nowUs, ref SentPacket packet)
    {
        Settle(ref packet);
        PacketsLost++;
        lostBytes += packet.Bytes;
        newestLostUs = packet.SentUs;
        late.OnLost(packet.Number);
        mtu.OnLost(nowUs, packet.Number, packet.Bytes);
        Repeat(packet);
    }

    private void Settle(ref SentPacket packet)
    {
        packet.IsSettled = true;
        bytesInFlight -= packet.Bytes;
    }

    private void Repeat(in SentPacket packet)
    {
        control.OnLost(packet.Control);
        for (var i = 0; i < packet.PartCount; i++)
        {
            var part = sent.Part(packet, i);
            queues[(int)part.Message.Class].OnLost(part);
        }
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
            Repeat(sent[i]);
        }
    }
}

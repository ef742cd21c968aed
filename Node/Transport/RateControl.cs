namespace Ledger.Node.Transport;

/// <summary>
/// Congestion control by a model of the path, after BBR (draft-ietf-ccwg-bbr): the delivery rate is the largest of the
/// last rounds, the round-trip time the smallest of the last seconds, and no more than twice their product is in
/// flight. It sends at that rate and now and then a little faster, to see whether the path carries more. Losses count
/// only where they are more than line noise. Other than BBR it minds the queue that it makes, in start-up and later:
/// votes wait in it. Gains are parts of a hundred.
/// </summary>
internal sealed class RateControl(RoundTrip roundTrip, PathQueue queue) : CongestionController
{
    private const int StartupGain = 277, DrainGain = 36, UpGain = 125, DownGain = 75, Level = 100;
    private const int WindowGain = 200;

    // Of start-up and of the cycle while votes travel: 4/10 more a round trip, half the step.
    private const int GentleGain = 140, GentleStep = 12;

    // Two round trips after a step up its result is known; a path that has so much more was left too early.
    private const int PhaseOfResult = 3, FoundMore = 105;
    private const int CyclePhases = 8;

    private readonly BandwidthFilter filter = new();
    private readonly RoundLosses losses = new();
    private Mode mode = Mode.Startup;
    private long fullBandwidth;
    private int roundsWithoutGrowth;
    private int phase;
    private long phaseEndUs;
    private long steppedFrom;
    private bool isResumed;
    private bool isLeftForQueue;
    private int gain = StartupGain;
    private long catchUpUs = TransportLimits.PacingCatchUpUs;
    private int ceiling = TransportLimits.CongestionWindowMax;

    private enum Mode
    {
        Startup,
        Drain,
        Probe,
    }

    internal override long CatchUpUs => catchUpUs;

    private long Bandwidth => filter.Value;

    internal override int Window =>
        Math.Min(ceiling, Math.Max(ProductOver(WindowUs) / Level * InFlightGain + Allowance, LeastWindow));

    internal override long PacingRate => Math.Max(Bandwidth, LeastWindow * 1_000_000L / roundTrip.SmoothedUs)
        * (IsStartingGently ? GentleGain : gain) / Level;

    private bool IsStartingGently => mode == Mode.Startup && (IsGentle || isResumed);

    private int InFlightGain => IsStartingGently ? GentleGain : WindowGain;

    private int LeastWindow => mode == Mode.Startup
        ? TransportLimits.CongestionWindowInitial
        : TransportLimits.CongestionWindowMin;

    // Packets leave, and are acknowledged, in batches of up to a millisecond: one each at the sender, on the way and at
    // the receiver.
    private int Allowance => (int)Math.Min(Bandwidth / 1_000, TransportLimits.BatchBytesMax) * 3;

    // With the delay that is not ours. Threads are late by milliseconds, whatever the path: a shorter round trip would
    // leave it empty meanwhile.
    private long RttUs => Math.Max(roundTrip.MinUs + queue.OthersUs, TransportLimits.SchedulingNoiseUs);

    // Late threads make a round trip longer than any queue: while growth is wanted, the window must not end it.
    private long WindowUs => mode == Mode.Startup ? Math.Max(RttUs, roundTrip.SmoothedUs) : RttUs;

    private int Product => ProductOver(RttUs);

    private int ProductOver(long us) =>
        (int)Math.Min(Bandwidth * us / 1_000_000, TransportLimits.CongestionWindowMax / 2);

    internal override void OnAck(in AckSample sample)
    {
        losses.Add(sample.AckedBytes, sample.LostBytes);
        if (sample.StartsRound)
            StartRound(sample);
        filter.Add(sample);
        // In start-up the queue tells; only a queue too short to tell loses so many.
        if (mode == Mode.Startup ? losses.IsSevere : losses.IsHeavy)
            OnHeavyLoss(sample);
        if (mode == Mode.Startup && (roundsWithoutGrowth >= TransportLimits.StartupFlatRounds || IsQueueBegun))
            LeaveStartup();
        if (mode == Mode.Probe && IsLeftInError)
            ResumeStartup();
        if (mode == Mode.Drain && sample.InFlight.After <= Product)
            StartProbing(sample.NowUs);
        if (mode == Mode.Probe)
            Cycle(sample);
    }

    // What is lost by being late once is little, and a burst would make a queue of as much; who is late at every other
    // look must catch up with more.
    internal override void OnHeldBack() =>
        catchUpUs = Math.Min(catchUpUs * UpGain / Level, TransportLimits.LateCatchUpUs);

    private void LimitCatchUp(int tenths) =>
        catchUpUs = Math.Max(catchUpUs / 10 * tenths, TransportLimits.PacingCatchUpUs);

    internal override void OnPersistentCongestion()
    {
        filter.Clear();
        (fullBandwidth, roundsWithoutGrowth, isResumed) = (0, 0, false);
        ceiling = TransportLimits.CongestionWindowMax;
        Enter(Mode.Startup, StartupGain);
    }

    // In start-up the queue is twice as long by the time that we hear of it.
    private bool IsQueueBegun => queue.OwnUs > TransportLimits.QueueDelayTargetUs / (IsGentle ? 2 : 1);

    // Start-up was left for a delay that turned out not to be ours.
    private bool IsLeftInError => isLeftForQueue && queue.OthersUs > 0 && !queue.IsLong;

    private void StartRound(in AckSample sample)
    {
        filter.StartRound();
        LimitCatchUp(tenths: 9);
        if (mode != Mode.Startup)
            return;
        if (Bandwidth >= fullBandwidth * UpGain / Level)
            (fullBandwidth, roundsWithoutGrowth) = (Bandwidth, 0);
        else if (!sample.IsAppLimited)
            roundsWithoutGrowth++;
    }

    private void OnHeavyLoss(in AckSample sample)
    {
        losses.Clear();
        filter.OnHeavyLoss();
        LimitCatchUp(tenths: 7);
        queue.OnOverflow();
        // 7/10 of what was too much, as CUBIC and BBR do, but no less than what makes no queue at all.
        ceiling = Math.Max(Math.Max(sample.InFlight.Before / 10 * 7, Product), TransportLimits.CongestionWindowMin);
        if (mode == Mode.Startup)
            Enter(Mode.Drain, DrainGain);
    }

    private void Cycle(in AckSample sample)
    {
        var drained = gain < Level && sample.InFlight.After <= Product && !queue.IsLong;
        if (sample.NowUs < phaseEndUs && !drained)
            return;
        phaseEndUs = sample.NowUs + RttUs;
        // Every other phase at most goes slowly: else we would yield for ever to one who fills the queue.
        if (queue.IsLong && gain >= Level && phase != CyclePhases - 1)
        {
            gain = DownGain;
            return;
        }
        phase = (phase + 1) % CyclePhases;
        if (phase == PhaseOfResult && !queue.IsLong && Bandwidth * Level > steppedFrom * FoundMore)
        {
            ResumeStartup();
            return;
        }
        gain = phase switch
        {
            0 => IsGentle ? Level + GentleStep : UpGain,
            1 => IsGentle ? Level - GentleStep : DownGain,
            _ => Level,
        };
        if (phase != 0)
            return;
        steppedFrom = Bandwidth;
        ceiling = Math.Min(ceiling / Level * UpGain, TransportLimits.CongestionWindowMax);
    }

    private void LeaveStartup()
    {
        isLeftForQueue = IsQueueBegun;
        Enter(Mode.Drain, DrainGain);
    }

    private void ResumeStartup()
    {
        (fullBandwidth, roundsWithoutGrowth, isResumed) = (Bandwidth, 0, true);
        isLeftForQueue = false;
        Enter(Mode.Startup, GentleGain);
    }

    private void StartProbing(long nowUs)
    {
        Enter(Mode.Probe, Level);
        // The first step up comes soon: it shows whether start-up ended for a reason.
        (phase, phaseEndUs) = (CyclePhases - 1, nowUs + RttUs);
    }

    private void Enter(Mode next, int nextGain) => (mode, gain) = (next, nextGain);
}

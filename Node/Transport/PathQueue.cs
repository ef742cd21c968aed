namespace Ledger.Node.Transport;

/// <summary>
/// How long our packets wait in a queue of our own. That the path takes longer than it did may be our doing, and then
/// it passes when we go slower; or others fill the queue, or threads are late here, there or on the way. So whoever
/// minds the queue makes a trial: where some round trips of going slowly shorten nothing, the delay is not ours, and
/// for a while it is taken for the path's.
/// </summary>
internal sealed class PathQueue(RoundTrip roundTrip)
{
    // So many samples of one round tell its least.
    private const int SamplesTelling = 8;

    private long roundMinUs = long.MaxValue;
    private int roundSamples;
    private long delayUs;
    private (long FromUs, long LongestUs, long EndUs)? trial;
    private long othersUntilUs;

    /// <summary>Delay that going slowly did not shorten.</summary>
    internal long OthersUs { get; private set; }

    /// <summary>Delay that may be of our own making.</summary>
    internal long OwnUs => Math.Max(0, delayUs - OthersUs);

    /// <summary>We are to go slower.</summary>
    internal bool IsLong => OwnUs > TransportLimits.QueueDelayTargetUs;

    internal void OnAck(long nowUs, bool startsRound)
    {
        // The least of a round: jitter of single packets is no queue.
        roundMinUs = Math.Min(roundMinUs, roundTrip.LatestUs);
        if (++roundSamples >= SamplesTelling)
            delayUs = roundMinUs - roundTrip.MinUs;
        if (nowUs >= othersUntilUs)
            OthersUs = 0;
        Try(nowUs);
        if (!startsRound)
            return;
        // What is gone is nobody's any more.
        if (delayUs < OthersUs)
            OthersUs = (OthersUs + delayUs) / 2;
        (roundMinUs, roundSamples) = (long.MaxValue, 0);
    }

    /// <summary>So much was lost that the queue is full, and our part in it is not nothing.</summary>
    internal void OnOverflow() => OthersUs = 0;

    private void Try(long nowUs)
    {
        if (!IsLong)
            trial = null;
        else if (trial is not { } begun || delayUs < begun.FromUs - TransportLimits.QueueDelayTargetUs)
            trial = (delayUs, delayUs, nowUs + TransportLimits.TrialRoundTrips * roundTrip.SmoothedUs);
        else if (nowUs < begun.EndUs)
            trial = begun with { LongestUs = Math.Max(begun.LongestUs, delayUs) };
        else
            (OthersUs, othersUntilUs, trial) = (begun.LongestUs, nowUs + TransportLimits.OthersDelayUs, null);
    }
}

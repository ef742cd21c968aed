namespace Ledger.Node.Transport;

/// <summary>
/// Bytes a second that a path carries: the largest delivery rate of the last rounds. A round in which we had too little
/// to send, or were late with it, shows only what the path carries at least: the rounds before it are not forgotten for
/// it, or a thread that is late would think the path ever slower. Where much is lost, they are.
/// </summary>
internal sealed class BandwidthFilter
{
    private readonly long[] best = new long[TransportLimits.BandwidthRounds];
    private int round;
    private bool isLimited;
    private bool isLossy;

    internal long Value { get; private set; }

    internal void Add(in AckSample sample)
    {
        isLimited |= sample.IsAppLimited;
        best[round] = Math.Max(best[round], sample.DeliveryRate);
        Value = Math.Max(Value, sample.DeliveryRate);
    }

    internal void OnHeavyLoss() => isLossy = true;

    internal void StartRound()
    {
        if (!isLimited || isLossy)
        {
            round = (round + 1) % best.Length;
            best[round] = 0;
        }
        (isLimited, isLossy) = (false, false);
        Value = best.Max();
    }

    internal void Clear()
    {
        Array.Clear(best);
        Value = 0;
    }
}

using Ledger.Node.Host;

namespace Ledger.Node.Simulation;

/// <summary>
/// The clock of one simulated machine. It may run too fast or too slow and show a wrong time of day; its timers run
/// through <paramref name="run"/>, which knows whether the process that set them still lives.
/// </summary>
internal sealed class VirtualClock(Timeline timeline, ulong epochMs, Func<Action, Action> run) : IClock
{
    private const long Million = 1_000_000;

    private long setAtUs;
    private long shownAtSetUs;
    private long driftPerMillion;

    /// <summary>How far the time of day is off, in milliseconds.</summary>
    internal long SkewMs { get; set; }

    /// <summary>A planted bug: timers go off at half their time.</summary>
    internal bool Halves { get; init; }

    /// <summary>By how many millionths it runs too fast; negative for too slow.</summary>
    internal long DriftPerMillion
    {
        get => driftPerMillion;
        set => (shownAtSetUs, setAtUs, driftPerMillion) = (ShownUs, timeline.NowUs, value);
    }

    public ulong NowMs => (ulong)(ShownUs / 1000);

    public ulong WallClockMs => (ulong)((long)epochMs + ShownUs / 1000 + SkewMs);

    private long ShownUs
    {
        get
        {
            var passed = timeline.NowUs - setAtUs;
            return shownAtSetUs + passed + passed * driftPerMillion / Million;
        }
    }

    public void After(ulong milliseconds, Action action)
    {
        var shown = (long)Math.Min(Halves ? milliseconds / 2 : milliseconds, long.MaxValue / Million / 2_000) * 1000;
        // One more, so that rounding never lets a timer fire before its time by this very clock.
        timeline.After(shown * Million / (Million + driftPerMillion) + 1, run(action));
    }
}

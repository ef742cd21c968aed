namespace Ledger.Node.Host;

/// <summary>Time as one node sees it: that of this machine, or that of the simulator, which may be wrong.</summary>
internal interface IClock
{
    /// <summary>Unix time in milliseconds: for block times and nothing else.</summary>
    ulong WallClockMs { get; }

    /// <summary>Milliseconds that never jump: for timers, ages and rates.</summary>
    ulong NowMs { get; }

    /// <summary>Runs <paramref name="action"/> after a while, never from within this call.</summary>
    void After(ulong milliseconds, Action action);
}

/// <summary>What any clock can do.</summary>
internal static class Clocks
{
    /// <summary>Runs <paramref name="action"/> now and then again and again.</summary>
    internal static void Every(this IClock clock, ulong milliseconds, Action action)
    {
        action();
        clock.After(milliseconds, () => clock.Every(milliseconds, action));
    }
}

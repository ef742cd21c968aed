using Ledger.Node.Overlay;

namespace Ledger.Node.Host;

/// <summary>
/// Whether this node is late with its own work. On a slow machine, or one that was asleep, what peers sent in time lies
/// unread: while that is so nobody is blamed for being late, or a slow node would end up alone.
/// </summary>
internal sealed class Lateness(IClock clock)
{
    private ulong untilMs;

    internal bool IsLate => clock.NowMs < untilMs;

    /// <summary>What arrived, or was due, at <paramref name="dueMs"/> is dealt with now.</summary>
    internal void Observe(ulong dueMs)
    {
        var now = clock.NowMs;
        if (now >= dueMs + OverlayLimits.LateMs)
            untilMs = Math.Max(untilMs, now + (now - dueMs) + OverlayLimits.LateForgivenMs);
    }

    /// <summary>Whether a misdeed may be our own lateness, so that the peer does not pay for it.</summary>
    internal bool Excuses(Misdeed misdeed) =>
        IsLate && (misdeed is Misdeed.TimedOut or Misdeed.BrokenPromise or Misdeed.Unsolicited);
}

namespace Ledger.Node.Overlay;

/// <summary>
/// When to say again where we stand: soon after each step forward, then at doubling intervals, each moved a little by
/// chance so that peers do not fall into step (rule R14).
/// </summary>
internal sealed class Repetition(ulong seed)
{
    private readonly SplitMix64 chance = new(seed);
    private (ulong Height, uint Round) place;
    private ulong waitMs = OverlayLimits.RepeatMs;
    private ulong dueMs;

    /// <summary>Whether it is time; if so, the next time is set.</summary>
    internal bool IsDue(ulong height, uint round, ulong nowMs)
    {
        if (place != (height, round))
            (place, waitMs, dueMs) =
                ((height, round), OverlayLimits.RepeatMs, nowMs + Jittered(OverlayLimits.RepeatMs));
        if (nowMs < dueMs)
            return false;
        waitMs = Math.Min(2 * waitMs, OverlayLimits.RepeatMaxMs);
        dueMs = nowMs + Jittered(waitMs);
        return true;
    }

    // From 3/4 to 5/4 of it.
    private ulong Jittered(ulong ms) => ms * 3 / 4 + (ulong)chance.Below((int)ms / 2 + 1);
}

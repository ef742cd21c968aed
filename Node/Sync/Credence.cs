using Ledger.Node.Overlay;

namespace Ledger.Node.Sync;

/// <summary>
/// How far we believe peers that say we are behind. A validator that believes them does not vote, so belief ends when
/// no verified block comes, and after that mere claims count for nothing for a while that doubles each time.
/// </summary>
internal sealed class Credence
{
    private ulong? believedUntilMs;
    private ulong quietUntilMs;
    private ulong quietMs = OverlayLimits.SyncQuietMs;
    private ulong currentUntilMs;

    /// <summary>Whether claims that we are behind count now.</summary>
    internal bool Holds(ulong nowMs) => nowMs < believedUntilMs && nowMs >= currentUntilMs;

    /// <summary>Brings the belief up to date with what peers claim now.</summary>
    internal void Observe(bool claimedBehind, ulong nowMs)
    {
        if (believedUntilMs is { } until && nowMs >= until)
            Stall(nowMs);
        if (!claimedBehind)
            believedUntilMs = null;
        else if (believedUntilMs is null && nowMs >= quietUntilMs)
            believedUntilMs = nowMs + OverlayLimits.SyncStallMs;
    }

    /// <summary>A block from a peer has been verified: the claims are worth something.</summary>
    internal void Progress(ulong nowMs)
    {
        if (nowMs < believedUntilMs)
            believedUntilMs = nowMs + OverlayLimits.SyncStallMs;
    }

    /// <summary>Sync has reached all that was claimed: whoever claims next is believed at once.</summary>
    internal void CaughtUp() => (believedUntilMs, quietMs) = (null, OverlayLimits.SyncQuietMs);

    /// <summary>Stake speaks for our own height, and that outweighs any claim.</summary>
    internal void Current(ulong nowMs) => currentUntilMs = nowMs + OverlayLimits.SyncStallMs;

    private void Stall(ulong nowMs)
    {
        believedUntilMs = null;
        quietUntilMs = nowMs + quietMs;
        quietMs = Math.Min(2 * quietMs, OverlayLimits.SyncQuietMaxMs);
    }
}

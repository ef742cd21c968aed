using Ledger.Consensus.Codec;
using Ledger.Node.Overlay;

namespace Ledger.Node.Sync;

/// <summary>What block sync knows of a peer: what it claims, and whether its claims have been worth anything.</summary>
internal sealed class SyncPeer
{
    private const int StrikesMax = 16;

    private ulong claim;
    private ulong claimUntilMs;
    private ulong gone;
    private int strikes;
    private int blockBytes = Limits.BlockBytesMax;

    /// <summary>Until when nothing is asked of it and its claims count for nothing.</summary>
    internal ulong IgnoredUntilMs { get; private set; }

    /// <summary>When it last delivered a block that we had asked for.</summary>
    internal ulong DeliveredMs { get; private set; }

    /// <summary>How many blocks may be under way from it: fewer while they are large, or may be.</summary>
    internal int Room => Math.Clamp(OverlayLimits.SyncBytesPerPeerMax / blockBytes, 1, OverlayLimits.SyncPerPeerMax);

    internal bool HasStrikes => strikes > 0;

    /// <summary>The height up to which it says that it can deliver; 0 while it is ignored or has been silent.</summary>
    internal ulong Claim(ulong nowMs) => nowMs < claimUntilMs && nowMs >= IgnoredUntilMs ? claim : 0;

    /// <summary>Whether it says that it can deliver a block.</summary>
    internal bool Has(ulong height, ulong nowMs) => height > gone && height <= Claim(nowMs);

    /// <summary>It has begun with a snapshot, or has pruned: it lacks the blocks up to a height.</summary>
    internal void Lacks(ulong height) => gone = Math.Max(gone, height);

    internal void Claims(ulong height, ulong nowMs) => (claim, claimUntilMs) = (height, nowMs + OverlayLimits.ClaimMs);

    /// <summary>A block has come. A large one is believed at once, small ones little by little.</summary>
    internal void Delivered(int bytes, ulong nowMs) =>
        (DeliveredMs, blockBytes) = (nowMs, Math.Max(bytes, blockBytes - blockBytes / 4));

    internal void Forgive() => strikes = 0;

    internal void Withdraw() => claim = 0;

    /// <summary>It did not deliver what it claimed, or delivered rubbish: we ignore it for a while.</summary>
    internal void Strike(ulong nowMs)
    {
        IgnoredUntilMs = nowMs + Math.Min(OverlayLimits.IgnoreMs << strikes, OverlayLimits.IgnoreMaxMs);
        strikes = Math.Min(strikes + 1, StrikesMax);
        claim = 0;
    }
}

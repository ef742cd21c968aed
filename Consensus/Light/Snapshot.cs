using System.Collections.Immutable;

namespace Ledger.Consensus.Light;

/// <summary>
/// The state after the block of <paramref name="Last"/>, leaf by leaf, as <paramref name="Head"/>, the header of the
/// block after it, commits to it. <paramref name="Way"/> leads from the genesis to the head.
/// </summary>
public sealed record Snapshot(
    ImmutableArray<LightBlock> Way, LightBlock Last, LightBlock Head,
    IReadOnlyList<(byte[] Key, byte[] Value)> Leaves);

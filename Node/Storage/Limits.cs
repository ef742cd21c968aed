namespace Ledger.Node.Storage;

/// <summary>How much of the past a store keeps.</summary>
internal static class StorageLimits
{
    /// <summary>Snapshots that newcomers may ask for: whoever began with the older one has time to finish.</summary>
    internal const ulong SnapshotsKept = 2;

    /// <summary>
    /// Versions of the state, at least, whose proofs can be made; where snapshots are further apart, it is back to the
    /// oldest snapshot. A block makes some 20 nodes of half a kilobyte stale: 1,000 versions hold 10 MB.
    /// </summary>
    internal const ulong StateVersionsMin = 128;

    /// <summary>Nodes of the newest state that are at hand without a read from disk: some 16 MB.</summary>
    internal const int StateNodesCachedMax = 16_384;

    /// <summary>Free bytes without which RocksDB cannot be closed: its diary wants some 30 kB.</summary>
    internal const long ClosingBytes = 1 << 20;

    /// <summary>Blocks that are dropped after one is added, so that a long past goes step by step.</summary>
    internal const int PrunedAtOnce = 64;

    /// <summary>Dropped bytes until their space is given back: what a pruned store is larger than it needs to be.
    /// </summary>
    internal const long CompactAfterBytes = 32 << 20;
}

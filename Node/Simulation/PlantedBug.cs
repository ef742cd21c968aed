using Ledger.Consensus.Chain;
using Ledger.Consensus.Engine;

namespace Ledger.Node.Simulation;

/// <summary>
/// A mistake that every honest node of a simulation makes, to see that somebody notices: a simulator that never turned
/// red proves nothing. B1 and the like are bugs that other implementations shipped.
/// </summary>
internal sealed record PlantedBug(string Name, string What)
{
    // Numbers of messages on the wire.
    private const byte Status = 1, GetBlocks = 5, BlockReply = 6;

    /// <summary>All of them, by name.</summary>
    internal static readonly IReadOnlyList<PlantedBug> All =
    [
        new("forgets-lock", "a locked validator votes for any block (L23, L29)") { Guards = new NoLock() },
        new("any-valid-round", "a polka of this round or a later one is taken for an earlier one (B9)")
        {
            Guards = new AnyValidRound(),
        },
        new("any-round", "timers of rounds that are over count (B15)") { Guards = new AnyRound() },
        new("guard-not-synced", "a signature leaves before it is on disk (B12)") { FilesLie = true },
        new("chain-not-synced", "a decided block is not on disk when it is acted upon") { StoreLies = true },
        new("guard-lost", "a restart forgets what was signed (B11)") { LosesGuard = true },
        new("no-repair", "nobody says which votes it holds (B5)") { Mute = Status },
        new("no-blocks", "nobody answers who asks for blocks (B21)") { Mute = BlockReply },
        new("no-catch-up", "nobody asks for blocks (B21)") { Mute = GetBlocks },
        new("any-closing", "the parameters that a block brings are not recomputed") { TakesAnyClosing = true },
        new("own-closing", "each computes other parameters from the same updates (B23)") { HasOwnClosings = true },
        new("lost-timers", "one timer in three never goes off (B5)") { LosesTimers = true },
    ];

    internal Guards Guards { get; init; } = new();

    /// <summary>Syncs of files, or of the store, do nothing.</summary>
    internal bool FilesLie { get; init; }

    internal bool StoreLies { get; init; }

    internal bool LosesGuard { get; init; }

    /// <summary>The kind of messages that is never sent.</summary>
    internal byte? Mute { get; init; }

    internal bool TakesAnyClosing { get; init; }

    internal bool HasOwnClosings { get; init; }

    internal bool LosesTimers { get; init; }

    /// <summary>The bug of this name; null where there is none.</summary>
    internal static PlantedBug? Find(string name) => All.FirstOrDefault(b => b.Name == name);

    private sealed class NoLock : Guards
    {
        internal override bool LockAllows(Polka? locked, Proposal offer) => true;
    }

    private sealed class AnyValidRound : Guards
    {
        internal override bool IsWellFormed(Proposal offer) => true;
    }

    private sealed class AnyRound : Guards
    {
        internal override bool IsCurrent(RoundState state, uint round) => true;
    }
}

using Ledger.Consensus.Engine;

namespace Ledger.Node.Simulation;

/// <summary>
/// A mistake that every honest node of a simulation makes, to see that somebody notices: a simulator that never turned
/// red proves nothing. B1 and the like are bugs that other implementations shipped.
/// </summary>
internal sealed record PlantedBug(string Name, string What)
{
    // Numbers of messages on the wire.
    private const byte Status = 1, GetBlocks = 5, BlockReply = 6, Certified = 12;

    /// <summary>All of them, by name.</summary>
    internal static readonly IReadOnlyList<PlantedBug> All =
    [
        Rule<NoLock>("forgets-lock", "a locked validator votes for any block (L23, L29)"),
        Rule<AnyValidRound>("any-valid-round", "a polka of this round or a later one is taken for an earlier one (B9)"),
        Rule<UnseenPolka>("unseen-polka", "the polka that a proposal names is believed (L28)"),
        Rule<AnyTime>("any-time", "a new block may have any time (PBTS, B25)"),
        Rule<HastyVerdict>("hasty-verdict", "a block is voted for before its check is done"),
        Rule<UncheckedProposal>("unchecked-proposal", "a proposer does not check its own block, be it wrong (B27)") with
        {
            BuildsRubbish = true,
        },
        Rule<EarlyTimer>("early-timer", "prevotes start their timer while a proposal is awaited (B4)"),
        Rule<LatePolkaLost>("late-polka-lost", "a polka after the precommit sets no valid value (B1)"),
        Rule<LateLock>("late-lock", "who has precommitted nil locks and precommits again in its round"),
        Rule<NilUnlocks>("nil-unlocks", "a quorum for nil releases the lock (L44)"),
        Rule<NilLeaves>("nil-leaves", "a quorum of nil precommits ends the round at once (B3)"),
        Rule<OnlyThisRound>("only-this-round", "a quorum of an earlier round decides nothing (B7)"),
        Rule<AnyRound>("any-round", "timers of rounds that are over count (B15)"),
        Rule<TwoThirds>("two-thirds", "two thirds of the stake are a quorum"),
        Rule<AnyBallot>("any-ballot", "prevotes for a block add up whatever valid round they name"),
        Rule<SecondVoteCounts>("second-vote-counts", "a second vote counts wherever it turns up (B10)"),
        Rule<SecondVoteNever>("second-vote-never", "a second vote counts in no certificate either (B10, B8)"),
        Rule<AnyCertificate>("any-certificate", "any bundle of votes is a proof (B26)"),
        Rule<EveryRound>("every-round", "votes of every round are kept (B16)"),
        new("guard-not-synced", "a signature leaves before it is on disk (B12)") { FilesLie = true },
        new("chain-not-synced", "a decided block is not on disk when it is acted upon") { StoreLies = true },
        new("guard-lost", "a restart forgets what was signed (B11)") { LosesGuard = true },
        new("no-repair", "nobody says which votes it holds (B5)") { Mute = Status },
        new("no-blocks", "nobody answers who asks for blocks (B21)") { Mute = BlockReply },
        new("no-catch-up", "nobody asks for blocks (B21)") { Mute = GetBlocks },
        new("no-certificates", "nobody shows what it has seen of others' votes (B8)") { Mute = Certified },
        new("any-closing", "the parameters that a block brings are not recomputed") { TakesAnyClosing = true },
        new("own-closing", "each computes other parameters from the same updates (B23)") { HasOwnClosings = true },
        new("lost-timers", "one timer in three never goes off (B5)") { LosesTimers = true },
        new("fast-timers", "timers go off at half their time") { HurriesTimers = true },
    ];

    internal Guards Guards { get; init; } = new();

    /// <summary>Whether the tests have a script that the broken rule fails; each rule has one.</summary>
    internal bool HasScript => Guards.GetType() != typeof(Guards);

    /// <summary>Syncs of files, or of the store, do nothing.</summary>
    internal bool FilesLie { get; init; }

    internal bool StoreLies { get; init; }

    internal bool LosesGuard { get; init; }

    /// <summary>The kind of messages that is never sent.</summary>
    internal byte? Mute { get; init; }

    internal bool TakesAnyClosing { get; init; }

    internal bool BuildsRubbish { get; init; }

    internal bool HasOwnClosings { get; init; }

    internal bool LosesTimers { get; init; }

    internal bool HurriesTimers { get; init; }

    /// <summary>The bug of this name; null where there is none.</summary>
    internal static PlantedBug? Find(string name) => All.FirstOrDefault(b => b.Name == name);

    private static PlantedBug Rule<T>(string name, string what)
        where T : Guards, new() => new(name, what) { Guards = new T() };
}

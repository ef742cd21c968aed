namespace Ledger.Node.Http;

/// <summary>
/// What the API answers: plain values, written as camelCase JSON. Digests are hexadecimal, addresses bech32m, times
/// Unix milliseconds, money whole tokens. <see cref="ViewOf"/> makes them of a node's snapshot.
/// </summary>
internal sealed record StatusView(
    string Network, string Chain, string Address, string Peer, string Listen, string Health, bool Syncing, ulong Height,
    string LastBlock, ulong BlockTime, ulong? CommitAge, uint Round, string Step, ulong BestPeerHeight, int Peers,
    int PoolTransactions, ulong BytesIn, ulong BytesOut, ulong Syncs, TrainingView? Training, int Validators,
    IReadOnlyList<string> Jailed, IReadOnlyList<string> Tombstoned, StallView? Stall)
{
    /// <summary>The blobs that are being fetched, the most urgent first.</summary>
    public IReadOnlyList<DownloadView> Downloads { get; init; } = [];

    /// <summary>The height at which the chain goes over to a version of the protocol that this program does not know;
    /// null where none is scheduled.</summary>
    public ulong? StopsBefore { get; init; }
}

/// <summary>The least level that a node logs: debug, info, warning or error.</summary>
internal sealed record LogLevelView(string Level);

/// <summary>How much of a blob is here, in bytes; the length is 0 until it is known.</summary>
internal sealed record DownloadView(string Blob, long Here, long Length, int Sources);

/// <summary>Whether the chain moves, and by what that is told. <paramref name="CommitAge"/> is milliseconds.</summary>
internal sealed record HealthView(string Health, ulong Height, ulong CommitAge, uint Round, int Peers);

/// <summary>
/// Why no block comes: the stake of <paramref name="Silent"/> validators is missing. More than two thirds of
/// <paramref name="Stake"/> must be heard.
/// </summary>
internal sealed record StallView(ulong Heard, ulong Needed, ulong Stake, IReadOnlyList<string> Silent);

internal sealed record TrainingView(string Task, uint Round, string Activity, int Progress, int Of);

internal sealed record PeerView(
    string Id, string Address, bool Inbound, ulong Height, ulong RoundTrip, ulong Connected, ulong BytesIn,
    ulong BytesOut,
    ulong PacketsLost);

/// <summary>
/// What an address owns and how it stands as a validator. <paramref name="Power"/> is the stake that votes on the next
/// block, which follows <paramref name="Stake"/> some blocks later; <paramref name="JailedUntil"/> is block time.
/// </summary>
internal sealed record AccountView(
    string Address, ulong Balance, ulong Stake, ulong Nonce, bool Validator, ulong Power, ulong Unbonding,
    ulong Missed, ulong? JailedUntil, bool Tombstoned)
{
    /// <summary>The key to which this one's stake went; null where it has not, or where that is long ago.</summary>
    public string? RotatedTo { get; init; }
}

/// <summary>
/// A validator of the next block. <paramref name="Silent"/> tells that no vote of it has been heard in this round.
/// </summary>
internal sealed record ValidatorView(
    string Address, ulong Power, ulong Missed, ulong? JailedUntil, bool Tombstoned, bool Silent);

/// <summary>What the pool did with signed transactions: how many it took, and why it refused others.</summary>
internal sealed record PoolView(int Taken, SortedDictionary<string, int> Refused);

/// <summary>A task in a list of tasks.</summary>
internal sealed record TaskSummary(
    string Id, string Name, string Phase, uint Round, uint Rounds, int Contributors, string Parameters,
    double? Accuracy, double? Loss);

/// <summary>A task with all that is known about it. <paramref name="Recipe"/> is JSON text; the current round is
/// <paramref name="Round"/>, what came of those before is in <paramref name="Results"/>, by number, from the first one
/// that was asked for.</summary>
internal sealed record TaskView(
    string Id, string Name, string Owner, string Phase, uint Round, uint Rounds, ulong Deadline, ulong Pool,
    ulong Reward,
    ulong Deposit, uint MinContributors, double FractionTrain, uint Patience, string Model, string Parameters,
    uint Exponent, string Recipe,
    IReadOnlyList<ContributorView> Contributors, IReadOnlyList<RoundView> Results);

/// <summary>Who has data in a task, whether this round is one of its turns, how far it is in it, and the terms that it
/// states for its rows.</summary>
internal sealed record ContributorView(
    string Address, uint Rows, uint Validation, uint HeldOut, bool Active, bool Committed, bool Revealed, bool Sampled,
    string Terms);

/// <summary>What came out of a round; round 0 is the start. Counts are of held-out rows, over all who evaluated, and
/// so is the mean <paramref name="Loss"/>. <paramref name="Roots"/>, <paramref name="Lot"/> and the blobs are what it
/// was computed from, so many <paramref name="Bytes"/>; <paramref name="Server"/> is what the server optimiser keeps
/// after it.</summary>
internal sealed record RoundView(
    uint Number, ulong Height, ulong Time, string Parameters, uint Exponent, uint Committed, uint Revealed,
    ulong Bytes, IReadOnlyList<PaymentView> Paid, ulong Correct, ulong Total, double? Accuracy, double? Loss,
    IReadOnlyList<EvaluationView> Evaluations, IReadOnlyList<RootView> Roots, string Lot, string Server)
{
    internal int Taken => Paid.Count(paid => paid.IsTaken);
}

/// <summary>What became of an included update: <paramref name="Score"/> is the committee's cosine, and null where
/// nobody scored; <paramref name="Shares"/> is with how many it shares weight and reward, <paramref name="Merit"/> what
/// it was worth (65536: the average), <paramref name="Norm"/> how long it was (1: the round's median),
/// <paramref name="Order"/> its place among the promises.</summary>
internal sealed record PaymentView(
    string Contributor, ulong Reward, string Outcome, double? Score, uint Shares, uint Merit, double Norm, string Blob,
    uint Order)
{
    internal bool IsTaken => Shares > 0;
}

/// <summary>A root that judged the round's updates, the stake it spoke for, and its cosines to the updates in the
/// order of <see cref="RoundView.Paid"/>. <paramref name="Agreement"/> is how alike these and the mean of the other
/// roots' are (the cosine of the two rows: from -1 to 1); null where there is no other root.</summary>
internal sealed record RootView(
    string Scorer, ulong Weight, string Blob, IReadOnlyList<double> Cosines, double? Agreement);

internal sealed record EvaluationView(string Contributor, uint Correct, uint Total, double Loss);

internal sealed record ShardView(
    string Task, string? TaskName, string Source, string Terms, string Root, int Rows, int Validation, int HeldOut);

/// <summary>What a shard was made of, and whether the chain has its digest.</summary>
internal sealed record ManifestView(string Manifest, string Digest, bool OnChain);

internal sealed record BlockView(
    ulong Height, string Id, ulong Time, string Proposer, string PreviousBlock, string StateRoot, uint Round,
    int Signers,
    int Bytes, IReadOnlyList<ClosingView> Closings, IReadOnlyList<TransactionView> Transactions);

internal sealed record ClosingView(string Task, uint Round, string Parameters, uint Exponent);

internal sealed record TransactionView(string Id, string Sender, ulong Nonce, ulong Fee, string Kind, string Says);

/// <summary>A transaction that was submitted: the height of its block, or the rule that refused it.</summary>
internal sealed record SubmissionView(string Transaction, ulong? Height, string? Refused);

/// <summary>
/// A transfer, a change of stake or the wish to leave jail, to be signed by the node. <paramref name="To"/> is for
/// transfers.
/// </summary>
internal sealed record TransactionRequest(string Kind, string? To, ulong Amount, ulong Fee)
{
    /// <summary>A new key's signature, in hexadecimal, under taking over what the old one is liable for.</summary>
    public string? Consent { get; init; }
}

/// <summary>
/// A vote for a change of the chain's rules from a block on: a version of the protocol, or none for the present one,
/// and the parameters that change, if any, by their keys in the genesis file.
/// </summary>
internal sealed record AmendmentRequest(
    ulong Height, uint? Version, IReadOnlyDictionary<string, ulong>? Parameters, ulong Fee);

/// <summary>The rules of a chain; <paramref name="Knows"/> is the newest version of the protocol that this program
/// knows, <paramref name="Quorum"/> the stake that an amendment needs.</summary>
internal sealed record RulesView(
    uint Version, uint Knows, SortedDictionary<string, ulong> Parameters, AmendmentView? Scheduled,
    IReadOnlyList<AmendmentView> Votes, ulong Quorum);

/// <summary>An amendment and who votes for it, with the parameters that it would change.</summary>
internal sealed record AmendmentView(
    string Id, ulong Height, uint Version, SortedDictionary<string, ulong> Parameters,
    IReadOnlyList<string> Validators, ulong Stake);

internal sealed record ErrorView(string Error, string Hint);

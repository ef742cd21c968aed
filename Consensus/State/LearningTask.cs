using System.Collections.Immutable;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;

namespace Ledger.Consensus.State;

/// <summary>What a round of learning is waiting for.</summary>
public enum Phase : byte
{
    /// <summary>Too few contributors have data here.</summary>
    Waiting = 0,

    /// <summary>Contributors train and promise their updates.</summary>
    Commit = 1,

    /// <summary>Contributors open their promises.</summary>
    Reveal = 2,

    /// <summary>Validators say which updates they hold.</summary>
    Attest = 3,

    /// <summary>The included set is fixed; a block must bring the aggregate.</summary>
    Close = 4,

    /// <summary>All rounds are done.</summary>
    Finished = 5,
}

/// <summary>A contributor's data: Merkle root over its rows, digest of its manifest, and how many rows it trains on,
/// judges others by, and holds out.
/// <paramref name="Active"/> is false after a round it missed, so that nobody waits for it again.
/// <paramref name="Merit"/> is what its updates were worth of late (65536: the average); null before one.
/// <paramref name="Terms"/> is the licence or consent that its owner has stated.</summary>
public sealed record Shard(
    Digest Root, Digest Manifest, uint Rows, uint Validation, uint HeldOut, bool Active, uint? Merit = null,
    string Terms = "");

/// <summary>An update of the current round: promised as number <paramref name="Order"/>, and once
/// <paramref name="Blob"/> is set, revealed.</summary>
public sealed record Contribution(Digest Commitment, Digest? Blob, uint Rows, uint Order);

/// <summary>A scorer of the current round with the stake it speaks for, and its root: promised once
/// <paramref name="Commitment"/> is set, revealed once <paramref name="Blob"/> is.</summary>
public sealed record Scorer(ulong Weight, Digest? Commitment, Digest? Blob);

/// <summary>What a validator says it holds: updates by contributor, roots by scorer.</summary>
public sealed record Holding(ImmutableSortedSet<Address> Updates, ImmutableSortedSet<Address> Roots)
{
    internal static Holding Nothing { get; } = new([], []);

    public int Count => Updates.Count + Roots.Count;
}

/// <summary>An included update at the end of its round: the verdict on it, what was paid, and, so that anybody can
/// compute the round again, its blob and its place in the order of promise.</summary>
public sealed record Payment(Address Contributor, ulong Reward, Verdict Verdict, Digest Blob, uint Order);

/// <summary>A root that judged a round, and the stake it spoke for.</summary>
public readonly record struct JudgingRoot(Address Scorer, ulong Weight, Digest Blob);

/// <summary>Held-out rows that one contributor's copy of a round's model got right, and the mean of its loss on them in
/// 1/65536 (cross-entropy in nats, or squared standard deviations); the largest number stands for all beyond
/// it.</summary>
public readonly record struct Evaluation(uint Correct, uint Total, uint Loss)
{
    /// <summary>A loss of one.</summary>
    public const uint LossOne = 1 << 16;
}

/// <summary>The round that a task is in. <see cref="Deadline"/> is block time in milliseconds.</summary>
public sealed record Round
{
    /// <summary>Counts from 1.</summary>
    public required uint Number { get; init; }

    public required Phase Phase { get; init; }

    public required ulong Deadline { get; init; }

    /// <summary>The blob id of the parameters that the round starts from.</summary>
    public required Digest Parameters { get; init; }

    /// <summary>The round-wide exponent of the updates.</summary>
    public required uint Exponent { get; init; }

    public ImmutableSortedDictionary<Address, Contribution> Contributions { get; init; } =
        ImmutableSortedDictionary<Address, Contribution>.Empty;

    /// <summary>The blob of what the server optimiser keeps; zero where nothing is kept.</summary>
    public Digest Server { get; init; }

    /// <summary>The committee; drawn when the round enters <see cref="Phase.Commit"/>.</summary>
    public ImmutableSortedDictionary<Address, Scorer> Scorers { get; init; } =
        ImmutableSortedDictionary<Address, Scorer>.Empty;

    /// <summary>What contributors were drawn from; zero where all take part.</summary>
    public Digest Draw { get; init; }

    /// <summary>The highest lot that takes part; see <see cref="Sampling"/>.</summary>
    public ulong Threshold { get; init; } = ulong.MaxValue;

    /// <summary>By validator.</summary>
    public ImmutableSortedDictionary<Address, Holding> Held { get; init; } =
        ImmutableSortedDictionary<Address, Holding>.Empty;

    /// <summary>Whose updates make the aggregate; fixed when the round enters <see cref="Phase.Close"/>.</summary>
    public ImmutableArray<Address> Included { get; init; } = [];

    /// <summary>Whose roots judge them; fixed with them.</summary>
    public ImmutableArray<Address> IncludedRoots { get; init; } = [];

    /// <summary>The salts opened so far, in no order; see <see cref="Lots"/>.</summary>
    public Digest Opened { get; init; }

    /// <summary>Rounds in a row before this one of whose updates too few were taken; see
    /// <see cref="TaskSpec.Patience"/>.</summary>
    public uint Fruitless { get; init; }

    /// <summary>What breaks ties in the aggregation, and what the next round draws from; nobody knew it when the
    /// updates were promised.</summary>
    public Digest Lot { get; init; }

    public IEnumerable<Address> Revealed => Contributions.Where(c => c.Value.Blob is not null).Select(c => c.Key);

    public IEnumerable<Address> RevealedRoots => Scorers.Where(s => s.Value.Blob is not null).Select(s => s.Key);
}

/// <summary>
/// What came out of a round; round 0 is the start. <see cref="Parameters"/> and <see cref="Exponent"/> are those after
/// the round, <see cref="Paid"/> lists the updates that were included, whether taken or not.
/// </summary>
public sealed record RoundResult
{
    public required uint Number { get; init; }

    public required ulong Height { get; init; }

    public required ulong Time { get; init; }

    public required Digest Parameters { get; init; }

    public required uint Exponent { get; init; }

    public required uint Committed { get; init; }

    public required uint Revealed { get; init; }

    /// <summary>Of the updates and roots that it was computed from.</summary>
    public ulong Bytes { get; init; }

    public required ImmutableArray<Payment> Paid { get; init; }

    /// <summary>In the order that the learning code takes them.</summary>
    public ImmutableArray<JudgingRoot> Roots { get; init; } = [];

    /// <summary>Root by root, the cosines to the updates of <see cref="Paid"/>, in 1/127.</summary>
    public ImmutableArray<sbyte> Cosines { get; init; } = [];

    /// <summary>What broke ties; see <see cref="Round.Lot"/>.</summary>
    public Digest Lot { get; init; }

    /// <summary>What the server optimiser keeps after the round; zero where nothing.</summary>
    public Digest Server { get; init; }

    public ImmutableSortedDictionary<Address, Evaluation> Evaluations { get; init; } =
        ImmutableSortedDictionary<Address, Evaluation>.Empty;
}

/// <summary>A training task: what it fixes, who takes part, the round it is in and what came of those before.</summary>
public sealed record LearningTask
{
    public required Digest Id { get; init; }

    public required Address Owner { get; init; }

    public required TaskSpec Spec { get; init; }

    /// <summary>Tokens for the rounds to come.</summary>
    public required ulong Pool { get; init; }

    public ImmutableSortedDictionary<Address, Shard> Shards { get; init; } =
        ImmutableSortedDictionary<Address, Shard>.Empty;

    public required Round Round { get; init; }

    /// <summary>The newest results, in order, as many as rules may look at. All since round 0 are leaves of the
    /// state.</summary>
    public required ImmutableArray<RoundResult> Results { get; init; }

    /// <summary>The result of a round; null where it is yet to come or too old to be looked at.</summary>
    public RoundResult? ResultOf(uint round) => PlaceOf(round) is var place && place < (uint)Results.Length
        ? Results[(int)place]
        : null;

    internal LearningTask With(RoundResult newest) => this with
    {
        Results = [.. Results.Skip(Results.Length + 1 - Limits.RecentResults), newest],
    };

    /// <summary>The task with a later form of one of its results.</summary>
    internal LearningTask Changed(RoundResult result) => this with
    {
        Results = Results.SetItem((int)PlaceOf(result.Number), result),
    };

    // They are numbered one after another; an older round's place wraps around to beyond the last.
    private uint PlaceOf(uint round) => Results.IsEmpty ? 0 : unchecked(round - Results[0].Number);

    /// <summary>A task at its start, with all its rewards in the pool.</summary>
    public static LearningTask Create(Digest id, Address owner, TaskSpec spec, ulong height, ulong time) => new()
    {
        Id = id,
        Owner = owner,
        Spec = spec,
        Pool = spec.Reward * spec.Rounds,
        Round = new()
        {
            Number = 1,
            Phase = Phase.Waiting,
            Deadline = 0,
            Parameters = spec.Parameters,
            Exponent = spec.Exponent,
        },
        Results =
        [
            new()
            {
                Number = 0, Height = height, Time = time, Parameters = spec.Parameters, Exponent = spec.Exponent,
                Committed = 0, Revealed = 0, Paid = [],
            },
        ],
    };
}

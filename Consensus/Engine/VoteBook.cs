using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;

namespace Ledger.Consensus.Engine;

/// <summary>
/// All votes of one height. Those of rounds too far ahead are not counted, but each validator's latest vote is
/// remembered, whatever its round: that is enough to see where the others are, and no flood makes it grow.
/// </summary>
public sealed class VoteBook
{
    private readonly ValidatorSet validators;
    private readonly SortedDictionary<(uint Round, VoteKind Kind), Tally> tallies = [];
    private readonly SignedVote?[] latest;
    private uint current;

    internal VoteBook(ValidatorSet validators)
    {
        this.validators = validators;
        latest = new SignedVote?[validators.Validators.Length];
    }

    /// <summary>The block that a quorum has precommitted, in whichever round.</summary>
    public (uint Round, Digest Block)? Committed { get; private set; }

    /// <summary>The rounds of which there are votes, ascending.</summary>
    public IEnumerable<uint> Rounds => tallies.Keys.Select(k => k.Round).Distinct();

    /// <summary>The votes that count, each as it was signed.</summary>
    public IReadOnlyList<SignedVote> Votes(uint round, VoteKind kind) => Find(round, kind) is { } t ? [.. t.Votes] : [];

    /// <summary>Who has voted: bit i of byte i / 8 is set for validator i of the set.</summary>
    public byte[] Bitmap(uint round, VoteKind kind) => (Find(round, kind) ?? new Tally(validators)).Bitmap();

    /// <summary>The block, if any, for which a quorum has voted.</summary>
    public Digest? QuorumBlock(uint round, VoteKind kind) => Find(round, kind)?.QuorumBlock;

    /// <summary>Whether a quorum has voted, for whatever.</summary>
    public bool HasQuorum(uint round, VoteKind kind) => Find(round, kind) is { HasQuorum: true };

    /// <summary>Whether a quorum has voted for <paramref name="block"/>, or for nil.</summary>
    public bool HasQuorum(uint round, VoteKind kind, Digest? block) =>
        Find(round, kind) is { } tally && tally.HasQuorumFor(block);

    /// <summary>The proof that a block was decided in <paramref name="round"/>; null while there is none.</summary>
    public CommitCertificate? Certificate(ulong height, uint round, Digest block) =>
        HasQuorum(round, VoteKind.Precommit, block)
            ? new(height, round, block, [.. Votes(round, VoteKind.Precommit).Where(v => v.Vote.Block == block)
                .OrderBy(v => v.Vote.Validator).Select(v => (v.Vote.Validator, v.Signature))])
            : null;

    /// <summary>
    /// The highest round above ours that validators with more than a third of the stake have reached, so that an honest
    /// one has. Who voted in a later round has reached the earlier ones: only latest votes are kept.
    /// </summary>
    internal uint? LaterRound()
    {
        UInt128 stake = 0;
        foreach (var (vote, index) in latest.Select((v, i) => (v?.Vote, i)).OrderByDescending(v => v.Vote?.Round))
        {
            if (vote is null || vote.Round <= current)
                return null;
            stake += validators.Validators[index].Stake;
            if (validators.HasHonest(stake))
                return vote.Round;
        }
        return null;
    }

    /// <summary>Whether <see cref="Add"/> of this vote would change anything.</summary>
    internal bool Wants(Vote vote)
    {
        var index = validators.IndexOf(vote.Validator);
        if (index < 0)
            return false;
        if (vote.Round > current + Limits.FutureRoundsMax)
            return latest[index] is not { } last || last.Vote.Round < vote.Round;
        return Find(vote.Round, vote.Kind) is not { } tally || tally.Wants(index, vote);
    }

    /// <summary>Counts a vote of a member; two that contradict each other come back, once.</summary>
    internal Effect.Equivocated? Add(SignedVote vote)
    {
        var index = validators.IndexOf(vote.Vote.Validator);
        if (index < 0)
            return null;
        if (latest[index] is not { } last || last.Vote.Round < vote.Vote.Round)
            latest[index] = vote;
        return vote.Vote.Round <= current + Limits.FutureRoundsMax ? Count(index, vote) : null;
    }

    /// <summary>We are in <paramref name="round"/> now: remembered votes that were too far ahead may count.</summary>
    internal void Enter(uint round)
    {
        current = round;
        foreach (var vote in latest.OfType<SignedVote>())
            Add(vote);
    }

    private Effect.Equivocated? Count(int index, SignedVote vote)
    {
        var (round, kind) = (vote.Vote.Round, vote.Vote.Kind);
        if (!tallies.TryGetValue((round, kind), out var tally))
            tallies[(round, kind)] = tally = new(validators);
        var equivocated = tally.Add(index, vote);
        if (kind == VoteKind.Precommit && tally.QuorumBlock is { } block)
            Committed ??= (round, block);
        return equivocated;
    }

    private Tally? Find(uint round, VoteKind kind) => tallies.GetValueOrDefault((round, kind));
}

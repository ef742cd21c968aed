using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;

namespace Ledger.Consensus.Engine;

/// <summary>
/// The votes of one kind in one round, by stake. A validator's first vote counts. A second, different one is reported,
/// and counts only for a ballot that more than a third of the stake cast as their first: that ballot may well be the
/// one for which others have seen a quorum, with the equivocator's vote in it, and without counting it here we might
/// never see theirs (the paper counts every message). It bounds what an equivocator can make us keep: no more than two
/// ballots ever have a third.
/// </summary>
internal sealed class Tally(ValidatorSet validators)
{
    private readonly SignedVote?[] first = new SignedVote?[validators.Validators.Length];
    private readonly bool[] reported = new bool[validators.Validators.Length];
    private readonly List<SignedVote> second = [];
    private readonly Dictionary<Digest, UInt128> stakes = [];
    private UInt128 nil, everyone;

    /// <summary>The block with a quorum of votes, if there is one.</summary>
    internal Digest? QuorumBlock { get; private set; }

    /// <summary>Whether a quorum has voted, for whatever.</summary>
    internal bool HasQuorum => validators.IsQuorum(everyone);

    /// <summary>All votes that count: first ones in the order of the set, then second ones as they came.</summary>
    internal IEnumerable<SignedVote> Votes => first.OfType<SignedVote>().Concat(second);

    /// <summary>Whether a quorum has voted for <paramref name="block"/>, or for nil.</summary>
    internal bool HasQuorumFor(Digest? block) => validators.IsQuorum(StakeFor(block));

    /// <summary>Bit i of byte i / 8 is set where validator i has voted.</summary>
    internal byte[] Bitmap()
    {
        var bits = new byte[(first.Length + 7) / 8];
        for (var i = 0; i < first.Length; i++)
            if (first[i] is not null)
                bits[i / 8] |= (byte)(1 << (i % 8));
        return bits;
    }

    /// <summary>Whether <see cref="Add"/> of this vote would change anything.</summary>
    internal bool Wants(int index, Vote vote) =>
        first[index] is not { } earlier
        || earlier.Vote.Block != vote.Block && (!reported[index] || Counts(vote));

    /// <summary>Counts a vote of validator <paramref name="index"/>; two that differ come back, once.</summary>
    internal Effect.Equivocated? Add(int index, SignedVote vote)
    {
        if (first[index] is not { } earlier)
        {
            first[index] = vote;
            everyone += validators.Validators[index].Stake;
            Count(index, vote.Vote.Block);
            return null;
        }
        if (earlier.Vote.Block == vote.Vote.Block)
            return null;
        if (Counts(vote.Vote))
        {
            second.Add(vote);
            Count(index, vote.Vote.Block);
        }
        (var known, reported[index]) = (reported[index], true);
        return known ? null : new(earlier, vote);
    }

    // A second vote of a validator; see above for which of them count.
    private bool Counts(Vote vote) =>
        validators.HasHonest(StakeFor(vote.Block)) && second.TrueForAll(v => v.Vote != vote);

    private UInt128 StakeFor(Digest? block) => block is { } id ? stakes.GetValueOrDefault(id) : nil;

    private void Count(int index, Digest? block)
    {
        var stake = StakeFor(block) + validators.Validators[index].Stake;
        if (block is not { } id)
        {
            nil = stake;
            return;
        }
        stakes[id] = stake;
        if (validators.IsQuorum(stake))
            QuorumBlock = id;
    }
}

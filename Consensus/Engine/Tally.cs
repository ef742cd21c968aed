using Ledger.Consensus.Chain;

namespace Ledger.Consensus.Engine;

/// <summary>
/// The votes of one kind in one round, by stake. A validator's first vote counts. A second, different one is reported,
/// and counts only as part of a certificate: others have then seen a quorum with it. That bounds what an equivocator
/// can make us keep, as no two ballots of a round both have a quorum.
/// </summary>
internal sealed class Tally(ValidatorSet validators, Guards guards)
{
    private readonly SignedVote?[] first = new SignedVote?[validators.Validators.Length];
    private readonly List<(int Index, SignedVote Vote)> second = [];
    // As many as there are different first votes: one or two, unless many lie.
    private readonly List<(Ballot Ballot, UInt128 Stake)> ballots = [];
    private UInt128 everyone, twice, forgetful;

    /// <summary>The ballot for a block that has a quorum, if there is one.</summary>
    internal Ballot? Quorum { get; private set; }

    /// <summary>Whether a quorum has voted for nil.</summary>
    internal bool HasNilQuorum { get; private set; }

    /// <summary>Whether a quorum has voted, for whatever.</summary>
    internal bool HasQuorum { get; private set; }

    /// <summary>All votes that count: first ones in the order of the set, then second ones as they came.</summary>
    internal IEnumerable<SignedVote> Votes => first.OfType<SignedVote>().Concat(second.Select(s => s.Vote));

    /// <summary>The first vote of each who voted, in the order of the set.</summary>
    internal IEnumerable<SignedVote> FirstVotes => first.OfType<SignedVote>();

    /// <summary>The first vote of a validator.</summary>
    internal SignedVote? VoteOf(int index) => first[index];

    /// <summary>The votes for one ballot, in the order of the set.</summary>
    internal IEnumerable<SignedVote> VotesFor(Ballot ballot)
    {
        for (var i = 0; i < first.Length; i++)
            if (first[i] is { } vote && guards.BallotOf(vote.Vote) == ballot)
                yield return vote;
            else if (second.Find(s => s.Index == i && guards.BallotOf(s.Vote.Vote) == ballot).Vote is { } again)
                yield return again;
    }

    /// <summary>Bit i of byte i / 8 is set where validator i has voted.</summary>
    internal byte[] Bitmap()
    {
        var bits = new byte[(first.Length + 7) / 8];
        for (var i = 0; i < first.Length; i++)
            if (first[i] is not null)
                bits[i / 8] |= (byte)(1 << (i % 8));
        return bits;
    }

    /// <summary>Whether a vote that comes alone would change anything: a contradiction does so once.</summary>
    internal bool Wants(int index, Vote vote) =>
        first[index] is not { } earlier || !Has(twice, index) && earlier.Vote != vote;

    /// <summary>
    /// Counts a vote of validator <paramref name="index"/>. What comes back is the first vote that it contradicts, the
    /// first time that it does.
    /// </summary>
    internal SignedVote? Add(int index, SignedVote vote, bool certified)
    {
        if (first[index] is not { } earlier)
        {
            first[index] = vote;
            everyone += validators.Validators[index].Stake;
            HasQuorum = guards.IsQuorum(validators, everyone);
            Count(index, guards.BallotOf(vote.Vote));
            return null;
        }
        if (earlier.Vote == vote.Vote)
            return null;
        if (guards.CountsAgain(certified) && !second.Exists(s => s.Vote.Vote == vote.Vote))
        {
            second.Add((index, vote));
            Count(index, guards.BallotOf(vote.Vote));
        }
        return IsFirst(ref twice, index) ? earlier : null;
    }

    /// <summary>Notes that a validator forgot its lock; true the first time.</summary>
    internal bool Forgot(int index) => IsFirst(ref forgetful, index);

    private void Count(int index, Ballot ballot)
    {
        UInt128 stake = validators.Validators[index].Stake;
        // A loop, as a lambda would make garbage of every vote.
        var at = 0;
        while (at < ballots.Count && ballots[at].Ballot != ballot)
            at++;
        if (at == ballots.Count)
            ballots.Add((ballot, stake));
        else
            ballots[at] = (ballot, stake += ballots[at].Stake);
        if (!guards.IsQuorum(validators, stake))
            return;
        if (ballot.Block is null)
            HasNilQuorum = true;
        else
            Quorum ??= ballot;
    }

    private static bool Has(UInt128 bits, int index) => (bits >> index & UInt128.One) != 0;

    private static bool IsFirst(ref UInt128 bits, int index)
    {
        var known = Has(bits, index);
        bits |= UInt128.One << index;
        return !known;
    }
}

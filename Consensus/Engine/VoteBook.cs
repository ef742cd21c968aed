using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;

namespace Ledger.Consensus.Engine;

/// <summary>
/// All votes of one height that still matter. Those of rounds too far ahead are not counted, but a late vote of each
/// validator is remembered, whatever its round: that is enough to see where the others are, and no flood makes it grow.
/// Those of rounds long past are dropped but for the polkas that are locked or valid.
/// </summary>
public sealed class VoteBook
{
    private readonly ulong height;
    private readonly ValidatorSet validators;
    private readonly Guards guards;
    private readonly SortedList<uint, (Tally Prevotes, Tally Precommits)> rounds = [];
    private readonly SignedVote?[] latest;
    // The last precommit for a block: what the validator is locked on, and must not forget.
    private readonly SignedVote?[] locks;
    private uint current;
    private UInt128 ahead;

    internal VoteBook(ulong height, ValidatorSet validators, Guards guards)
    {
        (this.height, this.validators, this.guards) = (height, validators, guards);
        latest = new SignedVote?[validators.Validators.Length];
        locks = new SignedVote?[validators.Validators.Length];
    }

    /// <summary>The block that a quorum has precommitted, in whichever round.</summary>
    public (uint Round, Digest Block)? Committed { get; private set; }

    /// <summary>The polka of the highest round, whether its block is known here or not.</summary>
    public Polka? LatestPolka { get; private set; }

    /// <summary>The rounds of which there are votes, ascending.</summary>
    public IEnumerable<uint> Rounds => rounds.Keys;

    /// <summary>The votes that count, each as it was signed.</summary>
    public IReadOnlyList<SignedVote> Votes(uint round, VoteKind kind) => Find(round, kind) is { } t ? [.. t.Votes] : [];

    /// <summary>A validator's first vote of a kind in a round.</summary>
    public SignedVote? VoteOf(Address validator, uint round, VoteKind kind) =>
        validators.IndexOf(validator) is var index and >= 0 ? Find(round, kind)?.VoteOf(index) : null;

    /// <summary>Whether a validator has been heard in a round, by either kind of vote.</summary>
    public bool Has(Address validator, uint round) =>
        VoteOf(validator, round, VoteKind.Prevote) is not null
        || VoteOf(validator, round, VoteKind.Precommit) is not null;

    /// <summary>Who has voted: bit i of byte i / 8 is set for validator i of the set.</summary>
    public byte[] Bitmap(uint round, VoteKind kind) =>
        Find(round, kind)?.Bitmap() ?? new byte[(latest.Length + 7) / 8];

    /// <summary>The block, if any, for which a quorum has voted.</summary>
    public Digest? QuorumBlock(uint round, VoteKind kind) => Find(round, kind)?.Quorum?.Block;

    /// <summary>Whether a quorum has voted, for whatever.</summary>
    public bool HasQuorum(uint round, VoteKind kind) => Find(round, kind) is { HasQuorum: true };

    /// <summary>Whether a quorum has voted for nil.</summary>
    public bool HasNilQuorum(uint round, VoteKind kind) => Find(round, kind) is { HasNilQuorum: true };

    /// <summary>The proof that a block had a polka in <paramref name="round"/>; null while there is none.</summary>
    public PolkaCertificate? Polka(uint round) =>
        Find(round, VoteKind.Prevote) is { Quorum: { Block: { } block } ballot } tally
            ? new(height, round, block, ballot.ValidRound,
                [.. tally.VotesFor(ballot).Select(v => (v.Vote.Validator, v.Signature))])
            : null;

    /// <summary>The proof that a block was decided in <paramref name="round"/>; null while there is none.</summary>
    public CommitCertificate? Commit(uint round) =>
        Find(round, VoteKind.Precommit) is { Quorum: { Block: { } block } ballot } tally
            ? new(height, round, block, [.. tally.VotesFor(ballot).Select(v => (v.Vote.Validator, v.Signature))])
            : null;

    /// <summary>The proof that <paramref name="round"/> may be entered; null while there is none.</summary>
    public RoundCertificate? Entry(uint round)
    {
        if (round == 0)
            return null;
        var votes = Find(round - 1, VoteKind.Precommit) is { HasQuorum: true } ended
            ? ended.FirstVotes
            : latest.OfType<SignedVote>().Where(v => v.Vote.Round >= round);
        var entry = new RoundCertificate(height, round, [.. votes]);
        return entry.Proves(validators) ? entry : null;
    }

    /// <summary>
    /// The highest round above ours that validators with more than a third of the stake have reached, so that an honest
    /// one has. Who voted in a later round has reached the earlier ones: only latest votes are kept.
    /// </summary>
    internal uint? LaterRound()
    {
        if (!validators.HasHonest(ahead))
            return null;
        UInt128 stake = 0;
        foreach (var (vote, index) in latest.Select((v, i) => (v?.Vote, i)).OrderByDescending(v => v.Vote?.Round))
            if (validators.HasHonest(stake += validators.Validators[index].Stake))
                return vote?.Round;
        return null;
    }

    /// <summary>Whether <see cref="Add(SignedVote, List{Effect})"/> of this vote would change anything.</summary>
    internal bool Wants(Vote vote)
    {
        var index = validators.IndexOf(vote.Validator);
        if (index < 0 || vote.Height != height)
            return false;
        return guards.IsNear(current, vote.Round)
            ? Find(vote.Round, vote.Kind) is not { } tally || tally.Wants(index, vote)
            : IsLeap(index, vote.Round);
    }

    /// <summary>Counts a vote of a member, and accuses it where it contradicts another.</summary>
    internal void Add(SignedVote vote, List<Effect> effects)
    {
        var (index, round) = (validators.IndexOf(vote.Vote.Validator), vote.Vote.Round);
        if (index < 0 || vote.Vote.Height != height)
            return;
        var near = guards.IsNear(current, round);
        if (near || IsLeap(index, round))
            Remember(index, vote);
        if (near)
            Count(index, vote, certified: false, effects);
    }

    /// <summary>
    /// Counts the votes of a certificate. In one for a block all of them count, whatever their round; one to enter a
    /// round may name rounds that only a liar has reached, so these are remembered and no more.
    /// </summary>
    internal void Add(Certificate certificate, List<Effect> effects)
    {
        var certified = certificate is not RoundCertificate;
        foreach (var vote in certificate.Votes)
        {
            var index = validators.IndexOf(vote.Vote.Validator);
            if (index < 0 || vote.Vote.Height != height)
                continue;
            Remember(index, vote);
            if (certified || guards.IsNear(current, vote.Vote.Round))
                Count(index, vote, certified, effects);
        }
    }

    /// <summary>
    /// We are in <paramref name="round"/> now: remembered votes that were too far ahead may count, and those of long
    /// past rounds go, except in rounds that are <paramref name="named"/>.
    /// </summary>
    internal void Enter(uint round, Func<uint, bool> named, List<Effect> effects)
    {
        (current, ahead) = (round, 0);
        for (var i = rounds.Count - 1; i >= 0; i--)
            if (!guards.IsNear(current, rounds.Keys[i]) && rounds.Keys[i] < current && !named(rounds.Keys[i]))
                rounds.RemoveAt(i);
        for (var i = 0; i < latest.Length; i++)
            if (latest[i] is { } vote)
            {
                ahead += vote.Vote.Round > current ? validators.Validators[i].Stake : 0;
                if (guards.IsNear(current, vote.Vote.Round))
                    Count(i, vote, certified: false, effects);
            }
    }

    // A vote from far ahead is taken only where it is twice as far as the one that we remember: twenty of them lead to
    // the last round there is, so a liar with all its rounds cannot fill our log.
    private bool IsLeap(int index, uint round) => round > current
        && (latest[index] is not { Vote.Round: var known } || known <= current
            || round - current >= 2UL * (known - current));

    private void Remember(int index, SignedVote vote)
    {
        var known = latest[index]?.Vote;
        if (known is not null && (known.Round, known.Kind).CompareTo((vote.Vote.Round, vote.Vote.Kind)) >= 0)
            return;
        latest[index] = vote;
        if (vote.Vote.Round > current && !(known?.Round > current))
            ahead += validators.Validators[index].Stake;
    }

    private void Count(int index, SignedVote vote, bool certified, List<Effect> effects)
    {
        var (round, kind) = (vote.Vote.Round, vote.Vote.Kind);
        if (!rounds.TryGetValue(round, out var tallies))
            rounds[round] = tallies = (new(validators, guards), new(validators, guards));
        var tally = kind == VoteKind.Prevote ? tallies.Prevotes : tallies.Precommits;
        if (tally.Add(index, vote, certified) is { } contradicted)
            effects.Add(new Effect.Accuse(Evidence.DuplicateVote.Of(contradicted, vote)));
        if (vote.Vote.Block is not null)
            SeekAmnesia(index, vote, effects);
        if (tally.Quorum is not { Block: { } block })
            return;
        if (kind == VoteKind.Precommit)
            Committed ??= (round, block);
        else if (LatestPolka is null || LatestPolka.Round < round)
            LatestPolka = new(block, round);
    }

    private void SeekAmnesia(int index, SignedVote vote, List<Effect> effects)
    {
        var locks = vote.Vote.Kind == VoteKind.Precommit;
        if (!locks)
            Compare(index, this.locks[index], vote, effects);
        else if (this.locks[index] is not { } before || before.Vote.Round < vote.Vote.Round)
            this.locks[index] = vote;
        for (var i = 0; i < rounds.Count && rounds.Count > 1; i++)
            if (locks)
                Compare(index, vote, rounds.Values[i].Prevotes.VoteOf(index), effects);
            else
                Compare(index, rounds.Values[i].Precommits.VoteOf(index), vote, effects);
    }

    private void Compare(int index, SignedVote? precommit, SignedVote? prevote, List<Effect> effects)
    {
        if (precommit is null || prevote is null || prevote.Vote.Round <= precommit.Vote.Round)
            return;
        var proof = new Evidence.Amnesia(precommit, prevote);
        if (proof.Contradicts() && rounds[prevote.Vote.Round].Prevotes.Forgot(index))
            effects.Add(new Effect.Accuse(proof));
    }

    private Tally? Find(uint round, VoteKind kind) => !rounds.TryGetValue(round, out var tallies)
        ? null
        : kind == VoteKind.Prevote ? tallies.Prevotes : tallies.Precommits;
}

using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;

namespace Ledger.Consensus.Engine;

/// <summary>
/// Agreement on one block after another, by the algorithm of arXiv:1807.04938 (see <see cref="RoundRules"/>). A pure
/// machine: the same inputs in the same order give the same effects, so a node that has crashed starts anew, gives it
/// the logged inputs of the height, and then performs the effects that came out, all of them: votes and proposals that
/// it has signed already are answered with what it has signed, everything else bears repetition.
/// </summary>
public sealed class Agreement
{
    private readonly Address? self;
    private readonly Guards guards;
    private Timeouts timeouts;
    private Synchrony synchrony;
    private Instance? instance;

    /// <param name="self">Who votes; null, or an address outside the set, for one who only follows.</param>
    /// <param name="timeouts">How long each step waits.</param>
    /// <param name="synchrony">How far clocks and messages may be off.</param>
    public Agreement(Address? self, Timeouts timeouts, Synchrony synchrony)
        : this(self, timeouts, synchrony, new())
    {
    }

    internal Agreement(Address? self, Timeouts timeouts, Synchrony synchrony, Guards guards) =>
        (this.self, this.timeouts, this.synchrony, this.guards) = (self, timeouts, synchrony, guards);

    public ulong Height => Current.Height;

    /// <summary>Round, step, lock and valid value.</summary>
    public RoundState State => Current.State;

    /// <summary>The votes known, for gossip to compare with what a peer has.</summary>
    public VoteBook Votes => Current.Votes;

    /// <summary>The proof of our right to be in the present round; null in round 0.</summary>
    public RoundCertificate? Entry => Current.Entry;

    /// <summary>What we have voted in the present round, to be said again until the round is over.</summary>
    public IEnumerable<SignedVote> OwnVotes => self is { } address
        ? new[] { VoteKind.Prevote, VoteKind.Precommit }.Select(k => Votes.VoteOf(address, State.Round, k))
            .OfType<SignedVote>()
        : [];

    /// <summary>
    /// A block that a quorum has precommitted and we found invalid. Either more than a third of the stake is dishonest,
    /// or we do not compute what the others compute: the host must stop.
    /// </summary>
    public Digest? Refused =>
        Votes.Committed is { } commit && Current.Proposals.Verdict(commit.Block) == false ? commit.Block : null;

    private Instance Current => instance ?? throw new InvalidOperationException("agreement starts with a height");

    /// <summary>The proposals known of a round, at most <see cref="Codec.Limits.RoundProposalsMax"/>.</summary>
    public IReadOnlyList<SignedProposal> Proposals(uint round) => Current.Proposals.Of(round);

    /// <summary>A proposal, of whichever round, that brings a block; null where none is kept.</summary>
    public SignedProposal? OfferOf(Digest block) => Current.Proposals.OfferOf(block);

    /// <summary>From the next height on: how long steps wait, and how far clocks and messages may be off.</summary>
    public void Retime(Timeouts waits, Synchrony bounds) => (timeouts, synchrony) = (waits, bounds);

    /// <summary>
    /// Leaves the height before, if any, and starts round 0 of this one. Who is not <paramref name="voting"/> does all
    /// the same, locks included, but neither votes nor proposes until <see cref="BeginVoting"/>.
    /// </summary>
    public IReadOnlyList<Effect> Start(ulong height, ValidatorSet validators, bool voting = true)
    {
        instance = new(new(height, validators, self, timeouts, synchrony), guards, voting);
        return instance.Start();
    }

    /// <summary>
    /// Ends the silence on this height: what would have been said in the present round is said now, and what belonged
    /// to earlier rounds stays unsaid. As the rules have run all the time, nothing can contradict it.
    /// </summary>
    public IReadOnlyList<Effect> BeginVoting() => Current.BeginVoting();

    /// <summary>
    /// Whether a vote, a proposal or a certificate could change anything here, or prove that its signer contradicted
    /// itself. Strangers can make any number of those that cannot, so ask before a signature is checked, and note and
    /// pass on nothing else.
    /// </summary>
    public bool Wants(Vote vote) => !State.Decided && Votes.Wants(vote);

    /// <inheritdoc cref="Wants(Vote)"/>
    public bool Wants(Proposal proposal) => !State.Decided && Current.Wants(proposal);

    /// <inheritdoc cref="Wants(Vote)"/>
    public bool Wants(Certificate certificate) => !State.Decided && Current.Wants(certificate);

    /// <summary>Takes one input. Those of other heights, rounds or proposers than expected do nothing.</summary>
    public IReadOnlyList<Effect> Handle(Input input) => Current.Handle(input);
}

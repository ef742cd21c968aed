using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;

namespace Ledger.Consensus.Engine;

/// <summary>One instance of consensus, that is one height: books what happens and lets the rules run.</summary>
internal sealed class Instance
{
    private readonly Seat seat;
    private readonly Guards guards;
    private readonly RoundRules rules;
    // What we would have said in this round; null once we speak.
    private List<Effect>? withheld;

    internal Instance(Seat seat, Guards guards, bool voting)
    {
        (this.seat, this.guards, withheld) = (seat, guards, voting ? null : []);
        Votes = new(seat.Height, seat.Validators, guards);
        rules = new(seat, Votes, Proposals, guards);
    }

    internal ulong Height => seat.Height;

    internal RoundState State { get; private set; } = new();

    internal VoteBook Votes { get; }

    internal ProposalBook Proposals { get; } = new();

    /// <summary>What took us into the present round; null in round 0.</summary>
    internal RoundCertificate? Entry { get; private set; }

    internal List<Effect> Start()
    {
        var effects = new List<Effect>();
        Settle(rules.Start(State, 0, effects), effects);
        return Spoken(effects);
    }

    internal List<Effect> Handle(Input input)
    {
        var effects = new List<Effect>();
        if (State.Decided)
            return effects;
        Settle(Take(input, effects), effects);
        return Spoken(effects);
    }

    internal List<Effect> BeginVoting()
    {
        var said = withheld ?? [];
        withheld = null;
        return State.Decided ? [] : said;
    }

    internal bool Wants(Proposal offer) => Fits(offer) && Proposals.Wants(offer, IsNamed(offer.Round, offer.Block));

    internal bool Wants(Certificate certificate) => certificate.Height == Height
        && IsNews(certificate) && guards.Proves(certificate, seat.Validators);

    private RoundState Take(Input input, List<Effect> effects)
    {
        switch (input)
        {
            case Input.Proposed(var proposal, var received):
                Receive(proposal.Value, received, effects);
                return State;
            case Input.Voted(var vote):
                Votes.Add(vote.Value, effects);
                return State;
            case Input.Certified(var certificate):
                if (certificate.Value.Height == Height && guards.Proves(certificate.Value, seat.Validators))
                    Votes.Add(certificate.Value, effects);
                return State;
            case Input.Validated(var block, var valid):
                Proposals.Answer(block, valid);
                return State;
            case Input.Built(var round, var block):
                return rules.Built(State, round, block);
            case Input.TimedOut timer:
                return rules.TimedOut(State, timer, effects);
            default:
                return State;
        }
    }

    // Any input can make any rule apply, and a rule another one: run them until none does (rule R12).
    private void Settle(RoundState next, List<Effect> effects)
    {
        do
        {
            var entered = next.Round != State.Round;
            State = next;
            if (entered)
                Enter(effects);
            next = rules.Next(State, effects);
        }
        while (!ReferenceEquals(next, State));
        if (seat.Voter is not null && !State.Decided)
            AskForVerdicts(effects);
    }

    private void Enter(List<Effect> effects)
    {
        withheld?.Clear();
        // From what took us here, before the votes of rounds long past are dropped.
        Entry = Votes.Entry(State.Round);
        Votes.Enter(State.Round, round => round == State.Locked?.Round || round == State.Valid?.Round
            || round == Votes.LatestPolka?.Round || round == Votes.Committed?.Round, effects);
        Proposals.Forget(FirstKeptRound, IsNamed);
        if (seat.Voter is not null && Entry is not null)
            effects.Add(new Effect.Publish(Entry)); // R14
    }

    private uint FirstKeptRound => State.Round - Math.Min(State.Round, Limits.PastProposalRoundsMax);

    private void Receive(SignedProposal proposal, ulong received, List<Effect> effects)
    {
        var offer = proposal.Proposal;
        if (Fits(offer) && Proposals.Add(proposal, received, IsNamed(offer.Round, offer.Block)) is { } evidence)
            effects.Add(new Effect.Accuse(evidence));
    }

    private bool Fits(Proposal offer) =>
        offer.Height == Height && offer.Round <= State.Round + Limits.FutureRoundsMax
        && (offer.Round >= FirstKeptRound || IsNamed(offer.Round, offer.Block))
        && guards.IsWellFormed(offer) && offer.Proposer == seat.ProposerOf(offer.Round);

    // The blocks that we may still have to propose, to lock or to decide.
    private bool IsNamed(uint round, Digest block) =>
        Votes.QuorumBlock(round, VoteKind.Prevote) == block || Votes.Committed?.Block == block
        || Votes.LatestPolka?.Block == block || State.Valid?.Block == block || State.Locked?.Block == block;

    private bool IsNews(Certificate certificate) => certificate switch
    {
        // An old polka is worth something where it replaces what we would propose, or is what we are to answer.
        PolkaCertificate polka => Votes.QuorumBlock(polka.Round, VoteKind.Prevote) is null
            && (polka.Round >= State.Round || !(State.Valid?.Round >= polka.Round)
                || Proposals.First(State.Round)?.Proposal.ValidRound == polka.Round),
        RoundCertificate { Round: var round } =>
            round > State.Round && !(round == State.Round + 1 && Votes.HasQuorum(State.Round, VoteKind.Precommit)),
        _ => Votes.Committed is null,
    };

    // Checking a block may cost an aggregation: ask about no more than we may have to vote on.
    private void AskForVerdicts(List<Effect> effects)
    {
        if (State.Draft is { } draft)
            Ask(draft, effects);
        if (Proposals.First(State.Round) is { } first)
            Ask(first.Proposal.Block, effects);
        if (Votes.QuorumBlock(State.Round, VoteKind.Prevote) is { } named)
            Ask(named, effects);
        if (Votes.LatestPolka is { } polka && !(State.Valid?.Round >= polka.Round))
            Ask(polka.Block, effects);
    }

    private void Ask(Digest block, List<Effect> effects)
    {
        if (!Proposals.IsAsked(block) && Proposals.Find(block) is { } found && Proposals.Ask(block))
            effects.Add(new Effect.Validate(found));
    }

    // Who stays silent withholds what it would say; of that only the present round is still worth saying.
    private List<Effect> Spoken(List<Effect> effects)
    {
        if (withheld is null)
            return effects;
        withheld.AddRange(effects.Where(e => RoundOf(e) == State.Round));
        effects.RemoveAll(e => RoundOf(e) is not null);
        return effects;
    }

    private static uint? RoundOf(Effect effect) => effect switch
    {
        Effect.Cast cast => cast.Vote.Round,
        Effect.Propose propose => propose.Proposal.Round,
        Effect.Build build => build.Round,
        _ => null,
    };
}

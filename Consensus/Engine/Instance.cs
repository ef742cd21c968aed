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

    internal Instance(Seat seat, Guards guards)
    {
        (this.seat, this.guards) = (seat, guards);
        Votes = new(seat.Validators);
        rules = new(seat, Votes, Proposals, guards);
    }

    internal ulong Height => seat.Height;

    internal RoundState State { get; private set; } = new();

    internal VoteBook Votes { get; }

    internal ProposalBook Proposals { get; } = new();

    internal List<Effect> Start()
    {
        var effects = new List<Effect>();
        Settle(rules.Start(State, 0, effects), effects);
        return effects;
    }

    internal List<Effect> Handle(Input input)
    {
        var effects = new List<Effect>();
        if (!State.Decided)
            Settle(Take(input, effects), effects);
        return effects;
    }

    private RoundState Take(Input input, List<Effect> effects)
    {
        switch (input)
        {
            case Input.Proposed proposed:
                Receive(proposed.Proposal.Value);
                return State;
            case Input.Voted { Vote.Value: var vote } when vote.Vote.Height == Height:
                if (Votes.Add(vote) is { } equivocated)
                    effects.Add(equivocated);
                return State;
            case Input.Validated(var block, var valid):
                Proposals.Answer(block, valid);
                return State;
            case Input.Built(var round, var block):
                return rules.Built(State, round, block, effects);
            case Input.TimedOut timer:
                return rules.TimedOut(State, timer, effects);
            default:
                return State;
        }
    }

    // Any input can make any rule apply, and a rule another one: run them until none does.
    private void Settle(RoundState next, List<Effect> effects)
    {
        do
        {
            if (next.Round != State.Round)
                Enter(next.Round);
            State = next;
            next = rules.Next(State, effects);
        }
        while (next != State);
        AskForVerdicts(effects);
    }

    private void Enter(uint round)
    {
        Votes.Enter(round);
        Proposals.Forget(round - Math.Min(round, Limits.PastProposalRoundsMax), IsNamed);
    }

    internal bool Wants(Proposal offer) => Fits(offer) && Proposals.Wants(offer, IsNamed(offer.Round, offer.Block));

    private void Receive(SignedProposal proposal)
    {
        var offer = proposal.Proposal;
        if (Fits(offer))
            Proposals.Add(proposal, IsNamed(offer.Round, offer.Block));
    }

    private bool Fits(Proposal offer) =>
        offer.Height == Height && offer.Round <= State.Round + Limits.FutureRoundsMax && guards.IsWellFormed(offer)
        && offer.Proposer == seat.ProposerOf(offer.Round);

    private bool IsNamed(uint round, Digest block) =>
        Votes.QuorumBlock(round, VoteKind.Prevote) == block || Votes.Committed?.Block == block;

    // Checking a block may cost an aggregation: ask about no more than one that we may have to vote on.
    private void AskForVerdicts(List<Effect> effects)
    {
        if (seat.Voter is null || State.Decided)
            return;
        var polka = Votes.QuorumBlock(State.Round, VoteKind.Prevote);
        foreach (var (proposal, place) in Proposals.Of(State.Round).Select((p, i) => (p, i)))
            if ((place == 0 || proposal.Proposal.Block == polka) && Proposals.Ask(proposal.Proposal.Block))
                effects.Add(new Effect.Validate(proposal.Block));
    }
}

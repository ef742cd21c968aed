using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;

namespace Ledger.Consensus.Engine;

/// <summary>
/// The rules of Tendermint. "L22" and the like name the lines of Algorithm 1 in arXiv:1807.04938, which is the
/// specification of this file. A quorum is more than 2/3 of the stake (the paper's 2f + 1 messages); a polka is a
/// quorum of prevotes for one block.
/// </summary>
internal sealed class RoundRules(Seat seat, VoteBook votes, ProposalBook proposals, Guards guards)
{
    /// <summary>The state after one rule that applies, or the same object where none does.</summary>
    internal RoundState Next(RoundState s, List<Effect> effects) => s switch
    {
        { Decided: true }
            => s,

        // L49: a quorum of precommits decides, from any step and in any round.
        _ when votes.Committed is { } commit && Acceptable(commit.Block) is { } block
            => Decide(s, commit.Round, block, effects),

        // L22: vote for a new block, unless it is invalid or contradicts our lock.
        { Step: Step.Propose } when proposals.First(s.Round) is { ValidRound: null } offer
            && Judge(s, offer) is { } good
            => Prevote(s, good ? offer.Block : null, effects),

        // L28: vote for a block of an earlier round once we have seen its polka, unless we locked another one later.
        { Step: Step.Propose } when proposals.First(s.Round) is { ValidRound: { } valid } offer
            && votes.HasQuorum(valid, VoteKind.Prevote, offer.Block) && Judge(s, offer) is { } good
            => Prevote(s, good ? offer.Block : null, effects),

        // L36: a polka makes the block ours to propose; if we have not given up the round, we lock it.
        { Step: >= Step.Prevote, PolkaSeen: false } when votes.QuorumBlock(s.Round, VoteKind.Prevote) is { } block
            && proposals.Has(s.Round, block) && proposals.Verdict(block) == true
            => SeePolka(s, new Polka(block, s.Round), effects),

        // L44: a quorum of prevotes for nil gives up the round. The lock stays.
        { Step: Step.Prevote } when votes.HasQuorum(s.Round, VoteKind.Prevote, null)
            => Precommit(s, null, effects),

        // L34: a quorum has prevoted, but not for one thing: give the others some time, once.
        { Step: Step.Prevote, PrevoteTimer: false } when votes.HasQuorum(s.Round, VoteKind.Prevote)
            => Arm(Step.Prevote, s with { PrevoteTimer = true }, effects),

        // L47: a quorum has precommitted. Even if all of it is nil we wait: the polka may still be on its way, and a
        // proposer that leaves without it breaks the valid value (tendermint#1690).
        { PrecommitTimer: false } when votes.HasQuorum(s.Round, VoteKind.Precommit)
            => Arm(Step.Precommit, s with { PrecommitTimer = true }, effects),

        // L55: somebody honest is in a later round.
        _ when votes.LaterRound() is { } later
            => Start(s, later, effects),

        _ => s,
    };

    /// <summary>L11-L21. The proposer has a timer too: its block may take longer to build than others wait.</summary>
    internal RoundState Start(RoundState s, uint round, List<Effect> effects)
    {
        var ours = seat.Voter is { } voter && seat.ProposerOf(round) == voter;
        if (ours)
            effects.Add(s.Valid is { } valid
                ? Offer(round, valid.Round, Known(valid.Block)) // L16
                : new Effect.Build(seat.Height, round)); // L18
        return Arm(Step.Propose, s.In(round) with { Offered = ours && s.Valid is not null }, effects); // L21
    }

    /// <summary>L19: the block that we asked for at L18 is ready.</summary>
    internal RoundState Built(RoundState s, uint round, Block block, List<Effect> effects)
    {
        if (!guards.IsCurrent(s, round) || s is not { Step: Step.Propose, Offered: false, Decided: false })
            return s;
        if (block.Header.Height != seat.Height || seat.ProposerOf(round) != seat.Voter)
            return s;
        effects.Add(Offer(s.Round, null, block));
        return s with { Offered = true };
    }

    /// <summary>L57, L61, L65. A timer of a round or a step that is over does nothing.</summary>
    internal RoundState TimedOut(RoundState s, Input.TimedOut timer, List<Effect> effects) => (timer.Step, s) switch
    {
        (_, { Decided: true }) => s,
        _ when timer.Height != seat.Height || !guards.IsCurrent(s, timer.Round) => s,
        (Step.Propose, { Step: Step.Propose }) => Prevote(s, null, effects),
        (Step.Prevote, { Step: Step.Prevote }) => Precommit(s, null, effects),
        (Step.Precommit, { Round: < Limits.RoundMax }) => Start(s, s.Round + 1, effects),
        _ => s,
    };

    // L50, without waiting for our own check: a quorum's word is good enough for who catches up as well. But we do not
    // follow it against our own finding.
    private Block? Acceptable(Digest block) => proposals.Verdict(block) == false ? null : proposals.Find(block);

    // Whether to vote for an offer; null while the host is still checking the block.
    private bool? Judge(RoundState s, Proposal offer) =>
        guards.LockAllows(s.Locked, offer) ? proposals.Verdict(offer.Block) : false;

    private RoundState Prevote(RoundState s, Digest? block, List<Effect> effects) // L24-L27, L30-L33, L59
    {
        Cast(VoteKind.Prevote, s.Round, block, effects);
        return s with { Step = Step.Prevote };
    }

    private RoundState Precommit(RoundState s, Digest? block, List<Effect> effects) // L40, L45, L63
    {
        Cast(VoteKind.Precommit, s.Round, block, effects);
        return s with { Step = Step.Precommit };
    }

    private RoundState SeePolka(RoundState s, Polka polka, List<Effect> effects)
    {
        s = s with { PolkaSeen = true, Valid = polka }; // L42, L43
        return s.Step == Step.Prevote
            ? Precommit(s with { Locked = polka }, polka.Block, effects) // L38-L41
            : s;
    }

    private RoundState Decide(RoundState s, uint round, Block block, List<Effect> effects)
    {
        var certificate = votes.Certificate(seat.Height, round, block.Id)
            ?? throw new InvalidOperationException($"a quorum precommitted block {block.Id.Short}, but makes no certificate");
        effects.Add(new Effect.Decide(block, certificate)); // L51
        return s with { Decided = true };
    }

    private RoundState Arm(Step step, RoundState s, List<Effect> effects)
    {
        effects.Add(seat.Timer(step, s.Round));
        return s;
    }

    private void Cast(VoteKind kind, uint round, Digest? block, List<Effect> effects)
    {
        if (seat.Voter is { } voter)
            effects.Add(new Effect.Cast(new(kind, seat.Height, round, block, voter)));
    }

    private Effect.Propose Offer(uint round, uint? validRound, Block block) =>
        new(new(seat.Height, round, validRound, block.Id, seat.ProposerOf(round)), block);

    private Block Known(Digest block) => proposals.Find(block)
        ?? throw new InvalidOperationException($"block {block.Short} is valid, but its proposal was not kept");
}

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
        _ when votes.Committed is { } commit && guards.MayDecide(s, commit.Round)
            && Acceptable(commit.Block) is { } block
            => Decide(s, commit.Round, block, effects),

        // L19: the block that we built has passed the check that the others will make.
        { Step: Step.Propose, Offered: false, Draft: { } draft } when guards.MayPropose(proposals.Verdict(draft))
            => Offer(s, draft, effects),

        // L22: vote for a new block, unless it is invalid, late or early, or contradicts our lock.
        { Step: Step.Propose } when proposals.First(s.Round) is { Proposal.ValidRound: null } first
            && Judge(s, first) is { } good
            => Prevote(s, good ? first.Proposal : null, effects),

        // L28: vote for a block of an earlier round once we have seen its polka, unless we locked another one later.
        { Step: Step.Propose } when proposals.First(s.Round) is { Proposal: { ValidRound: { } valid } offer } first
            && guards.IsShown(votes.QuorumBlock(valid, VoteKind.Prevote) == offer.Block)
            && Judge(s, first) is { } good
            => Prevote(s, good ? offer : null, effects),

        // L36: a polka makes the block ours to propose; if we have not given up the round, we lock it. That the block
        // was proposed in this round the quorum vouches for: it is enough to know it from any.
        { PolkaSeen: false } when guards.MaySeePolka(s.Step)
            && votes.QuorumBlock(s.Round, VoteKind.Prevote) is { } block && IsGood(block)
            => SeePolka(s, new(block, s.Round), effects),

        // L44: a quorum of prevotes for nil gives up the round. The lock stays.
        { Step: Step.Prevote } when votes.HasNilQuorum(s.Round, VoteKind.Prevote)
            => Precommit(guards.AfterNilPolka(s), null, effects),

        // L34: a quorum has prevoted, but not for one thing: give the others some time, once.
        { PrevoteTimer: false } when guards.MayWaitForPrevotes(s.Step) && votes.HasQuorum(s.Round, VoteKind.Prevote)
            => Arm(Step.Prevote, s with { PrevoteTimer = true }, effects),

        // L47: a quorum has precommitted. Even if all of it is nil we wait: the polka may still be on its way, and a
        // proposer that leaves without it breaks the valid value (tendermint#1690).
        { PrecommitTimer: false } when votes.HasQuorum(s.Round, VoteKind.Precommit)
            => guards.LeavesAtOnce(votes.HasNilQuorum(s.Round, VoteKind.Precommit))
                ? Start(s, s.Round + 1, effects)
                : Arm(Step.Precommit, s with { PrecommitTimer = true }, effects),

        // L42 for a round that is over, which the paper leaves out. Whoever is shown the polka of a hidden lock then
        // proposes its block in its turn, instead of waiting for the turn of the locked one (rule R13, malachite#956).
        _ when votes.LatestPolka is { } polka && polka.Round < s.Round
            && (s.Valid is null || s.Valid.Round < polka.Round) && IsGood(polka.Block)
            => s with { Valid = polka },

        // L55: somebody honest is in a later round.
        _ when votes.LaterRound() is { } later
            => Start(s, later, effects),

        _ => s,
    };

    /// <summary>L11-L21. The proposer has a timer too: its block may take longer to build than others wait.</summary>
    internal RoundState Start(RoundState s, uint round, List<Effect> effects)
    {
        s = s.In(round);
        if (seat.Voter is { } voter && seat.ProposerOf(round) == voter)
        {
            if (s.Valid is { } valid)
                s = Offer(s, valid.Block, effects); // L16
            else
                effects.Add(new Effect.Build(seat.Height, round)); // L18
        }
        return Arm(Step.Propose, s, effects); // L21
    }

    /// <summary>L18: the block that we asked for is ready; it is proposed when it has passed our own check.</summary>
    internal RoundState Built(RoundState s, uint round, Block block)
    {
        if (!guards.IsCurrent(s, round) || s is not { Step: Step.Propose, Offered: false, Draft: null, Decided: false })
            return s;
        if (block.Header.Height != seat.Height || seat.ProposerOf(round) != seat.Voter)
            return s;
        proposals.Keep(block);
        return s with { Draft = block.Id };
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

    private bool IsGood(Digest block) => proposals.Verdict(block) == true && proposals.Find(block) is not null;

    // Whether to vote for an offer; null while the host is still checking the block.
    private bool? Judge(RoundState s, Offered first) =>
        guards.LockAllows(s.Locked, first.Proposal) && guards.IsTimely(seat.Synchrony, first)
            ? guards.Judgement(proposals.Verdict(first.Proposal.Block))
            : false;

    private RoundState Prevote(RoundState s, Proposal? offer, List<Effect> effects) // L24-L27, L30-L33, L59
    {
        Cast(VoteKind.Prevote, s.Round, new(offer?.Block, offer?.ValidRound), effects);
        return s with { Step = Step.Prevote };
    }

    private RoundState Precommit(RoundState s, Digest? block, List<Effect> effects) // L40, L45, L63
    {
        Cast(VoteKind.Precommit, s.Round, new(block, null), effects);
        return s with { Step = Step.Precommit };
    }

    private RoundState SeePolka(RoundState s, Polka polka, List<Effect> effects)
    {
        s = s with { PolkaSeen = true, Valid = polka }; // L42, L43
        if (!guards.MayLock(s.Step))
            return s;
        // R13: a lock that others know nothing of is what holds up a height.
        if (s.Round > 0 && seat.Voter is not null && votes.Polka(s.Round) is { } proof)
            effects.Add(new Effect.Publish(proof));
        return Precommit(s with { Locked = polka }, polka.Block, effects); // L38-L41
    }

    private RoundState Decide(RoundState s, uint round, Block block, List<Effect> effects)
    {
        var certificate = votes.Commit(round)
            ?? throw new InvalidOperationException($"a quorum precommitted in round {round}, but makes no certificate");
        effects.Add(new Effect.Decide(block, certificate)); // L51
        return s with { Decided = true };
    }

    private RoundState Arm(Step step, RoundState s, List<Effect> effects)
    {
        effects.Add(seat.Timer(step, s.Round));
        return s;
    }

    private void Cast(VoteKind kind, uint round, Ballot ballot, List<Effect> effects)
    {
        if (seat.Voter is { } voter)
            effects.Add(new Effect.Cast(
                new(kind, seat.Height, round, ballot.Block, voter) { ValidRound = ballot.ValidRound }));
    }

    // L16, L19. If a polka has turned up while we built a block, its block goes first.
    private RoundState Offer(RoundState s, Digest built, List<Effect> effects)
    {
        var (block, round) = s.Valid is { } valid ? (valid.Block, (uint?)valid.Round) : (built, null);
        effects.Add(new Effect.Propose(
            new(seat.Height, s.Round, round, block, seat.ProposerOf(s.Round)), Known(block)));
        return s with { Offered = true };
    }

    private Block Known(Digest block) => proposals.Find(block)
        ?? throw new InvalidOperationException($"block {block.Short} is valid, but its proposal was not kept");
}

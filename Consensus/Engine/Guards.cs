using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;

namespace Ledger.Consensus.Engine;

/// <summary>
/// The conditions that make the rules safe and live. They stand apart from the rules so that a test can break one at a
/// time and show that something notices: a check that never turned red proves nothing.
/// </summary>
internal class Guards
{
    /// <summary>
    /// L23, L29, and stricter: a locked validator votes for a block, be it its own, only where the proposal names a
    /// polka since the lock. The paper lets the locked block pass under any valid round. An honest proposer loses
    /// nothing, as it names a round no older than every honest lock once messages arrive; and two messages then prove
    /// that a lock was forgotten (<see cref="Evidence.Amnesia"/>).
    /// </summary>
    internal virtual bool LockAllows(Polka? locked, Proposal offer) =>
        locked is null || offer.ValidRound >= locked.Round;

    /// <summary>L28: a polka is of an earlier round; an honest proposer knows no other.</summary>
    internal virtual bool IsWellFormed(Proposal offer) => offer.ValidRound is null || offer.ValidRound < offer.Round;

    /// <summary>L28: the polka that a proposal names must have been seen.</summary>
    internal virtual bool IsShown(bool seen) => seen;

    /// <summary>
    /// L22: a new block's time is that of its making (PBTS). A block of an earlier round keeps its time.
    /// </summary>
    internal virtual bool IsTimely(Synchrony synchrony, Offered offered) => offered.Proposal.ValidRound is not null
        || synchrony.IsTimely(offered.Time, offered.Received, offered.Proposal.Round);

    /// <summary>Work that is not done is no answer: null means to wait, not to vote.</summary>
    internal virtual bool? Judgement(bool? verdict) => verdict;

    /// <summary>L19: what we would not vote for ourselves is not proposed (cometbft#5204).</summary>
    internal virtual bool MayPropose(bool? verdict) => verdict == true;

    /// <summary>L34: early prevotes of others start no timer while we wait for a proposal (tendermint#1745).</summary>
    internal virtual bool MayWaitForPrevotes(Step step) => step == Step.Prevote;

    /// <summary>L36: in any step after our prevote, not only right after it (tendermint#1475).</summary>
    internal virtual bool MaySeePolka(Step step) => step >= Step.Prevote;

    /// <summary>L37: only who has not yet precommitted in this round may still lock.</summary>
    internal virtual bool MayLock(Step step) => step == Step.Prevote;

    /// <summary>L44: a polka for nil gives up the round and not the lock.</summary>
    internal virtual RoundState AfterNilPolka(RoundState state) => state;

    /// <summary>L47: precommits for nil do not end a round before its timer (tendermint#1690).</summary>
    internal virtual bool LeavesAtOnce(bool nilQuorum) => false;

    /// <summary>L49: a quorum of precommits decides in whichever round it is (tendermint#135).</summary>
    internal virtual bool MayDecide(RoundState state, uint round) => true;

    /// <summary>L58, L62, L66: timers and other answers for a round that is over mean nothing.</summary>
    internal virtual bool IsCurrent(RoundState state, uint round) => state.Round == round;

    /// <summary>More than two thirds; with just two thirds two quorums may share no honest validator.</summary>
    internal virtual bool IsQuorum(ValidatorSet validators, UInt128 stake) => validators.IsQuorum(stake);

    /// <summary>A polka is of one block with one valid round, or the same block could be voted for twice.</summary>
    internal virtual Ballot BallotOf(Vote vote) => Ballot.Of(vote);

    /// <summary>R10: the first vote counts, a second one only in a certificate (malachite#859, tari#2649).</summary>
    internal virtual bool CountsAgain(bool certified) => certified;

    /// <summary>A certificate is worth the stake behind it.</summary>
    internal virtual bool Proves(Certificate certificate, ValidatorSet validators) => certificate.Proves(validators);

    /// <summary>Rounds whose votes are counted when they come one by one (monad#1969, starkware#14500).</summary>
    internal virtual bool IsNear(uint current, uint round) =>
        round <= current + Limits.FutureRoundsMax && round + Limits.PastVoteRoundsMax >= current;
}

using Ledger.Consensus.Chain;
using Ledger.Consensus.Engine;

namespace Ledger.Node.Simulation;

/// <summary>Forgets what it locked.</summary>
internal sealed class NoLock : Guards
{
    internal override bool LockAllows(Polka? locked, Proposal offer) => true;
}

/// <summary>Takes a proposal whose polka would be of its own round or later.</summary>
internal sealed class AnyValidRound : Guards
{
    internal override bool IsWellFormed(Proposal offer) => true;
}

/// <summary>Believes that the polka that a proposal names was there.</summary>
internal sealed class UnseenPolka : Guards
{
    internal override bool IsShown(bool seen) => true;
}

/// <summary>Takes a new block whatever its time.</summary>
internal sealed class AnyTime : Guards
{
    internal override bool IsTimely(Synchrony synchrony, Offered offered) => true;
}

/// <summary>Votes for a block before its check is done.</summary>
internal sealed class HastyVerdict : Guards
{
    internal override bool? Judgement(bool? verdict) => verdict ?? true;
}

/// <summary>Proposes a block that it has not checked.</summary>
internal sealed class UncheckedProposal : Guards
{
    internal override bool MayPropose(bool? verdict) => true;
}

/// <summary>Starts the timer of the prevotes while it waits for the proposal, and so never again.</summary>
internal sealed class EarlyTimer : Guards
{
    internal override bool MayWaitForPrevotes(Step step) => step <= Step.Prevote;
}

/// <summary>Overlooks a polka once it has precommitted.</summary>
internal sealed class LatePolkaLost : Guards
{
    internal override bool MaySeePolka(Step step) => step == Step.Prevote;
}

/// <summary>Locks, and precommits, after it has precommitted nil.</summary>
internal sealed class LateLock : Guards
{
    internal override bool MayLock(Step step) => true;
}

/// <summary>Unlocks on a quorum for nil, as older versions of Tendermint did.</summary>
internal sealed class NilUnlocks : Guards
{
    internal override RoundState AfterNilPolka(RoundState state) => state with { Locked = null };
}

/// <summary>Leaves a round at once when a quorum has precommitted nil.</summary>
internal sealed class NilLeaves : Guards
{
    internal override bool LeavesAtOnce(bool nilQuorum) => nilQuorum;
}

/// <summary>Decides only in the round that it is in.</summary>
internal sealed class OnlyThisRound : Guards
{
    internal override bool MayDecide(RoundState state, uint round) => state.Round == round;
}

/// <summary>Takes timers and answers of any round for those of its own.</summary>
internal sealed class AnyRound : Guards
{
    internal override bool IsCurrent(RoundState state, uint round) => true;
}

/// <summary>Takes two thirds for a quorum.</summary>
internal sealed class TwoThirds : Guards
{
    internal override bool IsQuorum(ValidatorSet validators, UInt128 stake) =>
        3 * stake >= 2 * (UInt128)validators.TotalStake;
}

/// <summary>Adds up prevotes for a block whatever valid round they name.</summary>
internal sealed class AnyBallot : Guards
{
    internal override Ballot BallotOf(Vote vote) => new(vote.Block, null);
}

/// <summary>Counts the second vote of a validator wherever it turns up.</summary>
internal sealed class SecondVoteCounts : Guards
{
    internal override bool CountsAgain(bool certified) => true;
}

/// <summary>Counts a validator's first vote only, though the others have seen another.</summary>
internal sealed class SecondVoteNever : Guards
{
    internal override bool CountsAgain(bool certified) => false;
}

/// <summary>Takes any bundle of votes for a proof.</summary>
internal sealed class AnyCertificate : Guards
{
    internal override bool Proves(Certificate certificate, ValidatorSet validators) => true;
}

/// <summary>Keeps the votes of every round that somebody names.</summary>
internal sealed class EveryRound : Guards
{
    internal override bool IsNear(uint current, uint round) => true;
}

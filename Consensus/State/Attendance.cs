using Ledger.Consensus.Chain;

namespace Ledger.Consensus.State;

/// <summary>
/// Who takes part. A validator that is missing from too many certificates in a row is jailed: its stake stays, its vote
/// goes, so that the living need not carry the dead. Proposing counts as being there, since a certificate needs only
/// two thirds and a slow validator may be left out by all the others.
/// </summary>
internal static class Attendance
{
    /// <summary>Looks at the certificate of the block before; null at the first block.</summary>
    internal static ChainState Count(ChainState state, Address proposer, CommitCertificate? lastCommit)
    {
        if (lastCommit is null)
            return state;
        var signatures = lastCommit.Signatures;
        var next = 0;
        foreach (var (address, _, _) in state.LastValidators.Validators)
        {
            // Both lists ascend.
            while (next < signatures.Length && signatures[next].Validator < address)
                next++;
            var isPresent = address == proposer || next < signatures.Length && signatures[next].Validator == address;
            if (Validators.IsCandidate(state, address))
                state = Note(state, address, isPresent);
        }
        return state;
    }

    /// <summary>Forgets what those have missed who are no longer among the voters.</summary>
    internal static ChainState Forget(ChainState state, ValidatorSet before, ValidatorSet after)
    {
        foreach (var (address, _, _) in before.Validators)
            if (after.IndexOf(address) < 0 && state.StandingOf(address) is { Missed: > 0 } standing)
                state = state.With(address, standing with { Missed = 0 });
        return state;
    }

    internal static Rejection Unjail(ref ChainState state, Address sender)
    {
        var standing = state.StandingOf(sender);
        if (standing.Tombstoned)
            return Rejection.Tombstoned;
        if (standing.JailedUntil is not { } until)
            return Rejection.NotJailed;
        if (state.Time < until)
            return Rejection.JailedForLonger;
        if (state.AccountOf(sender).Stake < state.Parameters.MinimumStake)
            return Rejection.StakeBelowMinimum;
        state = state.With(sender, default(Standing));
        return Rejection.None;
    }

    private static ChainState Note(ChainState state, Address address, bool isPresent)
    {
        var missed = isPresent ? 0 : state.StandingOf(address).Missed + 1;
        // Somebody has to be left to vote.
        var isJailed = missed >= state.Parameters.DowntimeBlocks
            && Validators.Candidates(state).Any(c => c.Address != address);
        return state.With(address, isJailed
            ? new Standing(Missed: 0, state.Time + state.Parameters.JailTime, Tombstoned: false)
            : new Standing(missed, JailedUntil: null, Tombstoned: false));
    }
}

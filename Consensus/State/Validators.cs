using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;

namespace Ledger.Consensus.State;

/// <summary>How stakes become the validator sets of later heights.</summary>
internal static class Validators
{
    /// <summary>Everybody who may vote and has enough stake for it, in ascending order of address.</summary>
    internal static IEnumerable<(Address Address, ulong Stake)> Candidates(ChainState state) => state.Stakes
        .Where(s => IsEnough(state, s.Value) && state.StandingOf(s.Key).MayVote)
        .Select(s => (s.Key, s.Value));

    internal static bool IsCandidate(ChainState state, Address address) =>
        IsEnough(state, state.AccountOf(address).Stake) && state.StandingOf(address).MayVote;

    /// <summary>
    /// The sets after a block: those chosen before move up one height, and the new one goes towards the stakes of now.
    /// So a change at height h is announced in header h+1 and votes from h+2 on, at once where it is small enough.
    /// </summary>
    internal static ChainState Rotate(ChainState state)
    {
        var advanced = Proposers.Advance(state.NextValidators);
        var powers = PowerShift.Toward(advanced, Elected(state));
        var unchanged = advanced.Validators.Select(v => (v.Address, v.Stake)).SequenceEqual(powers);
        return Attendance.Forget(state, state.LastValidators, state.Validators) with
        {
            LastValidators = state.Validators,
            Validators = state.NextValidators,
            NextValidators = unchanged ? advanced : Proposers.WithStakes(advanced, powers),
        };
    }

    // The largest stakes where there are more than seats, the lower address first among equal ones.
    private static List<(Address Address, ulong Stake)> Elected(ChainState state)
    {
        var candidates = Candidates(state).ToList();
        return candidates.Count <= Limits.ValidatorsMax
            ? candidates
            : [.. candidates.OrderByDescending(c => c.Stake).ThenBy(c => c.Address).Take(Limits.ValidatorsMax)
                .OrderBy(c => c.Address)];
    }

    private static bool IsEnough(ChainState state, ulong stake) =>
        stake > 0 && stake >= state.Parameters.MinimumStake;
}

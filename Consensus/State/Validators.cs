using Ledger.Consensus.Chain;

namespace Ledger.Consensus.State;

/// <summary>How stakes become the validator sets of later heights.</summary>
internal static class Validators
{
    /// <summary>Everybody with enough stake to vote, in ascending order of address.</summary>
    internal static IEnumerable<(Address Address, ulong Stake)> Stakes(ChainState state) => state.Accounts
        .Where(a => a.Value.Stake > 0 && a.Value.Stake >= state.Parameters.MinimumStake)
        .Select(a => (a.Key, a.Value.Stake));

    /// <summary>
    /// The sets after a block: those chosen before move up one height, and the new one takes the stakes of now. So a
    /// change at height h is announced in header h+1 and votes from h+2 on.
    /// </summary>
    internal static ChainState Rotate(ChainState state)
    {
        var advanced = Proposers.Advance(state.NextValidators);
        var stakes = Stakes(state).ToList();
        var unchanged = advanced.Validators.Select(v => (v.Address, v.Stake)).SequenceEqual(stakes);
        return state with
        {
            LastValidators = state.Validators,
            Validators = state.NextValidators,
            NextValidators = unchanged ? advanced : Proposers.WithStakes(advanced, stakes),
        };
    }
}

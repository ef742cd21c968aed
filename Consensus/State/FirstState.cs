using System.Collections.Immutable;
using Ledger.Consensus.Chain;

namespace Ledger.Consensus.State;

/// <summary>The state before the first block, as a function of the genesis file.</summary>
public static class FirstState
{
    public static ChainState From(Genesis genesis)
    {
        var validators = new ValidatorSet(genesis.Validators.Select(v => new Validator(v.Address, v.Stake, 0)));
        var state = new ChainState
        {
            ChainId = genesis.Digest(),
            Parameters = genesis.Parameters,
            Height = 0,
            Time = genesis.Time,
            LastBlock = default,
            Checkpoints = [new(0, genesis.Time)],
            Tasks = Tasks(genesis),
            LastValidators = validators,
            Validators = validators,
            NextValidators = Proposers.Advance(validators),
        };
        foreach (var (address, balance) in genesis.Accounts)
            state = state.With(address, new Account(balance, 0, 0));
        foreach (var (address, stake) in genesis.Validators)
            state = state.With(address, state.AccountOf(address) with { Stake = stake });
        return state;
    }

    // The place in the file stands in for the owner's nonce.
    private static ImmutableSortedDictionary<Crypto.Digest, LearningTask> Tasks(Genesis genesis) => genesis.Tasks
        .Select((task, i) =>
            LearningTask.Create(task.Spec.Id(task.Owner, (ulong)i), task.Owner, task.Spec, 0, genesis.Time))
        .ToImmutableSortedDictionary(task => task.Id, task => task);
}

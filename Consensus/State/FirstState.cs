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
        return StateLeaves.Commit(state);
    }

    // The place in the file stands in for the owner's nonce.
    private static TrackedDictionary<Crypto.Digest, LearningTask> Tasks(Genesis genesis)
    {
        var tasks = new TrackedDictionary<Crypto.Digest, LearningTask>();
        for (var i = 0; i < genesis.Tasks.Length; i++)
        {
            var (owner, spec) = genesis.Tasks[i];
            var id = spec.Id(owner, (ulong)i);
            tasks = tasks.SetItem(id, LearningTask.Create(id, owner, spec, 0, genesis.Time));
        }
        return tasks;
    }
}

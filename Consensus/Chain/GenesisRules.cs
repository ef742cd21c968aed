using System.Text;
using Ledger.Consensus.Codec;

namespace Ledger.Consensus.Chain;

/// <summary>What a genesis must satisfy beyond the types of its fields. A breach is one line and what to do.</summary>
internal static class GenesisRules
{
    internal static void Check(Genesis genesis)
    {
        if (genesis.Name.Length is 0 or > Limits.NameCharsMax)
            throw new GenesisException("the file: 'chain-id' is empty or too long",
                $"use 1 to {Limits.NameCharsMax} characters");
        if (genesis.Parameters.Fault() is { } fault)
            throw fault;
        CheckValidators(genesis);
        RejectTwice(genesis.Validators.Select(v => v.Address), "validator");
        RejectTwice(genesis.Accounts.Select(a => a.Address), "account");
        for (var i = 0; i < genesis.Tasks.Length; i++)
            CheckTask(genesis.Tasks[i].Spec, i);
        CheckSupply(genesis);
    }

    private static void CheckValidators(Genesis genesis)
    {
        if (genesis.Validators.Length is 0 or > Limits.ValidatorsMax)
            throw new GenesisException($"there are {genesis.Validators.Length} validators",
                $"list 1 to {Limits.ValidatorsMax}");
        for (var i = 0; i < genesis.Validators.Length; i++)
            if (genesis.Validators[i].Stake < genesis.Parameters.MinimumStake)
                throw new GenesisException($"validator {i} has stake {genesis.Validators[i].Stake}",
                    $"give every validator at least minimum-stake ({genesis.Parameters.MinimumStake})");
    }

    private static void CheckTask(TaskSpec spec, int index)
    {
        if (!spec.IsWellFormed)
            throw new GenesisException(
                $"task {index} ('{spec.Name}') has no name of printable characters, "
                    + "or a zero among rounds, min-contributors and windows",
                "give it a name and each of them a value above 0, and keep rounds x reward and deposits below 2^60");
        if (Encoding.UTF8.GetByteCount(spec.Recipe) > Limits.RecipeBytesMax
            || Encoding.UTF8.GetByteCount(spec.Name) > Limits.NameCharsMax)
            throw new GenesisException($"task {index} ('{spec.Name}') has a recipe or a name that is too long",
                $"keep recipes within {Limits.RecipeBytesMax} bytes and names within {Limits.NameCharsMax} bytes");
    }

    private static void CheckSupply(Genesis genesis)
    {
        UInt128 supply = 0;
        foreach (var validator in genesis.Validators)
            supply += validator.Stake;
        foreach (var account in genesis.Accounts)
            supply += account.Balance;
        foreach (var task in genesis.Tasks)
            supply += (UInt128)task.Spec.Reward * task.Spec.Rounds;
        if (supply > Limits.SupplyMax)
            throw new GenesisException($"all tokens together are {supply}",
                $"keep the supply within {Limits.SupplyMax}");
    }

    private static void RejectTwice(IEnumerable<Address> addresses, string what)
    {
        var seen = new SortedSet<Address>();
        foreach (var address in addresses)
            if (!seen.Add(address))
                throw new GenesisException($"{what} {address} is listed twice", "list every address once");
    }
}

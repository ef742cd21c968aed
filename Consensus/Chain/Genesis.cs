using System.Collections.Immutable;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;

namespace Ledger.Consensus.Chain;

/// <summary>A validator of the first height.</summary>
public readonly record struct GenesisValidator(Address Address, ulong Stake);

/// <summary>An account that holds tokens from the start.</summary>
public readonly record struct GenesisAccount(Address Address, ulong Balance);

/// <summary>A task that is there from the start; its rewards are part of the supply.</summary>
public sealed record GenesisTask(Address Owner, TaskSpec Spec);

/// <summary>
/// What a network starts from. Its digest is the chain id that every signature and every handshake is bound to, so
/// that two networks can never mix.
/// </summary>
public sealed record Genesis
{
    /// <summary>What people call the network.</summary>
    public required string Name { get; init; }

    /// <summary>Unix milliseconds; the first block is later.</summary>
    public required ulong Time { get; init; }

    public required ChainParameters Parameters { get; init; }

    public required ImmutableArray<GenesisValidator> Validators { get; init; }

    public required ImmutableArray<GenesisAccount> Accounts { get; init; }

    public required ImmutableArray<GenesisTask> Tasks { get; init; }

    /// <summary>Where a newcomer finds the network: ID@ADDRESS:PORT. Advice, not part of the digest.</summary>
    public required ImmutableArray<string> Peers { get; init; }

    /// <summary>The chain id.</summary>
    public Digest Digest()
    {
        var writer = new Writer().Array(6).Text(Name).UInt(Time);
        Parameters.Write(writer);
        writer.Array(Validators.Length);
        foreach (var (address, stake) in Validators)
            writer.Array(2).Address(address).UInt(stake);
        writer.Array(Accounts.Length);
        foreach (var (address, balance) in Accounts)
            writer.Array(2).Address(address).UInt(balance);
        writer.Array(Tasks.Length);
        foreach (var task in Tasks)
        {
            writer.Array(2).Address(task.Owner);
            task.Spec.Write(writer);
        }
        return Crypto.Digest.Of("ledger/genesis", writer.Written);
    }
}

/// <summary>What is wrong with a genesis file: one line, and what to do about it.</summary>
public sealed class GenesisException(string message, string hint) : Exception(message)
{
    public string Hint { get; } = hint;
}

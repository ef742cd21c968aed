using System.Collections.Immutable;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;

namespace Ledger.Consensus.State;

/// <summary>What an address owns, and the nonce of its next transaction. Tokens; stake is not in the balance.</summary>
public readonly record struct Account(ulong Balance, ulong Stake, ulong Nonce);

/// <summary>
/// Tokens on their way from a stake back to a balance, released when block time reaches <paramref name="At"/>.
/// </summary>
public readonly record struct Unbonding(ulong At, Address Owner, ulong Amount);

/// <summary>
/// The world after a block, as an immutable value: a failed block leaves no trace. Maps are sorted, because their
/// order reaches a hash.
/// </summary>
public sealed record ChainState
{
    public required Digest ChainId { get; init; }

    public required ChainParameters Parameters { get; init; }

    /// <summary>The height of the last block; 0 before the first.</summary>
    public required ulong Height { get; init; }

    /// <summary>The last block's time: Unix milliseconds.</summary>
    public required ulong Time { get; init; }

    /// <summary>The last block's id; zero before the first.</summary>
    public required Digest LastBlock { get; init; }

    public required TrackedDictionary<Address, Account> Accounts { get; init; }

    /// <summary>In the order in which they were asked for, which is the order of their release.</summary>
    public ImmutableArray<Unbonding> Unbondings { get; init; } = [];

    public required TrackedDictionary<Digest, LearningTask> Tasks { get; init; }

    /// <summary>Who voted on the last block: its certificate stands in the next one.</summary>
    public required ValidatorSet LastValidators { get; init; }

    /// <summary>Who votes on the next block.</summary>
    public required ValidatorSet Validators { get; init; }

    /// <summary>Who votes on the block after the next: stakes of a block count two heights later.</summary>
    public required ValidatorSet NextValidators { get; init; }

    /// <summary>The commitment to the state after the last whole block: within a block it is that of before.</summary>
    public StateTree Tree { get; init; } = StateTree.Empty;

    public Account AccountOf(Address address) => Accounts.GetValueOrDefault(address);

    public ChainState With(Address address, Account account) =>
        this with { Accounts = account == default ? Accounts.Remove(address) : Accounts.SetItem(address, account) };

    public ChainState With(LearningTask task) => this with { Tasks = Tasks.SetItem(task.Id, task) };

    /// <summary>All tokens, wherever they are: no block changes this sum.</summary>
    public ulong Supply()
    {
        ulong sum = 0;
        foreach (var account in Accounts.Values)
            sum += account.Balance + account.Stake;
        foreach (var unbonding in Unbondings)
            sum += unbonding.Amount;
        foreach (var task in Tasks.Values)
            sum += task.Pool + task.Spec.Deposit * (ulong)task.Round.Contributions.Count;
        return sum;
    }
}

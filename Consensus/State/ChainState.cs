using System.Collections.Immutable;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;

namespace Ledger.Consensus.State;

/// <summary>What an address owns, and the nonce of its next transaction. Tokens; stake is not in the balance.</summary>
public readonly record struct Account(ulong Balance, ulong Stake, ulong Nonce);

/// <summary>
/// The world after a block, as an immutable value: a failed block leaves no trace. Maps are sorted, because their
/// order reaches a hash.
/// </summary>
public sealed record ChainState
{
    public required Digest ChainId { get; init; }

    /// <summary>By which the next block is made.</summary>
    public required ChainParameters Parameters { get; init; }

    /// <summary>Of the protocol: what the next block's header says.</summary>
    public uint Version { get; init; } = Header.FirstVersion;

    /// <summary>What comes into force at its height; null where nothing does.</summary>
    public Amendment? Scheduled { get; init; }

    /// <summary>The amendments that validators vote for and that are not scheduled.</summary>
    public ImmutableSortedDictionary<Address, Amendment> AmendmentVotes { get; init; } =
        ImmutableSortedDictionary<Address, Amendment>.Empty;

    /// <summary>The height of the last block; 0 before the first.</summary>
    public required ulong Height { get; init; }

    /// <summary>The last block's time: Unix milliseconds.</summary>
    public required ulong Time { get; init; }

    /// <summary>The last block's id; zero before the first.</summary>
    public required Digest LastBlock { get; init; }

    /// <summary>What committees are drawn by: all blocks before the last are in it. Whoever proposes a block can try
    /// many contents for one that suits it.</summary>
    public Digest Beacon { get; init; }

    /// <summary>Tokens taken from those who contradicted themselves; nobody owns them any more.</summary>
    public ulong Burned { get; init; }

    /// <summary>Changed by <see cref="With(Address, Account)"/> alone.</summary>
    public TrackedDictionary<Address, Account> Accounts { get; private init; } = new();

    /// <summary>The accounts with stake: what to look at when validators are chosen.</summary>
    public ImmutableSortedDictionary<Address, ulong> Stakes { get; private init; } =
        ImmutableSortedDictionary<Address, ulong>.Empty;

    /// <summary>Tokens on their way from a stake back to a balance.</summary>
    public ImmutableSortedDictionary<Unbonding, ulong> Unbondings { get; init; } =
        ImmutableSortedDictionary<Unbonding, ulong>.Empty;

    /// <summary>Those with anything on their record; changed by <see cref="With(Address, Standing)"/> alone.</summary>
    public ImmutableSortedDictionary<Address, Standing> Standings { get; private init; } =
        ImmutableSortedDictionary<Address, Standing>.Empty;

    /// <summary>By old key: validators that have changed theirs, as long as the old one may be punished.</summary>
    public ImmutableSortedDictionary<Address, KeyRotation> Rotations { get; init; } =
        ImmutableSortedDictionary<Address, KeyRotation>.Empty;

    /// <summary>From which the times of past heights are told; the oldest first, never empty.</summary>
    public required ImmutableArray<Checkpoint> Checkpoints { get; init; }

    public TrackedDictionary<Digest, LearningTask> Tasks { get; init; } = new();

    /// <summary>Who voted on the last block: its certificate stands in the next one.</summary>
    public required ValidatorSet LastValidators { get; init; }

    /// <summary>Who votes on the next block.</summary>
    public required ValidatorSet Validators { get; init; }

    /// <summary>Who votes on the block after the next: stakes of a block count two heights later.</summary>
    public required ValidatorSet NextValidators { get; init; }

    /// <summary>The commitment to the state after the last whole block: within a block it is that of before.</summary>
    public StateTree Tree { get; init; } = StateTree.Empty;

    internal Digest NextBeacon() =>
        Digest.Of("ledger/beacon", new Codec.Writer().Array(2).Digest(Beacon).Digest(LastBlock).Written);

    public Account AccountOf(Address address) => Accounts.GetValueOrDefault(address);

    public Standing StandingOf(Address address) => Standings.GetValueOrDefault(address);

    public ChainState With(Address address, Account account) => this with
    {
        Accounts = account == default ? Accounts.Remove(address) : Accounts.SetItem(address, account),
        Stakes = account.Stake == 0 ? Stakes.Remove(address) : Stakes.SetItem(address, account.Stake),
    };

    public ChainState With(Address address, Standing standing) => this with
    {
        Standings = standing == default ? Standings.Remove(address) : Standings.SetItem(address, standing),
    };

    public ChainState With(LearningTask task) => this with { Tasks = Tasks.SetItem(task.Id, task) };

    /// <summary>The state with the commitment to it: from now on it is what changes are counted from.</summary>
    internal ChainState CommittedBy(StateTree tree) =>
        this with { Tree = tree, Accounts = Accounts.Settled(), Tasks = Tasks.Settled() };

    /// <summary>The constants of the chain without anything that blocks have made: what leaves are put on.</summary>
    public ChainState Bare() => this with
    {
        Accounts = new(),
        Stakes = Stakes.Clear(),
        Unbondings = Unbondings.Clear(),
        Standings = Standings.Clear(),
        Rotations = Rotations.Clear(),
        AmendmentVotes = AmendmentVotes.Clear(),
        Scheduled = null,
        Tasks = new(),
    };

    /// <summary>All tokens, wherever they are, the burned ones too: no block changes this sum.</summary>
    public ulong Supply()
    {
        var sum = Burned;
        foreach (var account in Accounts.Values)
            sum += account.Balance + account.Stake;
        foreach (var amount in Unbondings.Values)
            sum += amount;
        foreach (var task in Tasks.Values)
            sum += task.Pool + task.Spec.Deposit * (ulong)task.Round.Contributions.Count;
        return sum;
    }
}

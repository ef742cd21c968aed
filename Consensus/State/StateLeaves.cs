using System.Buffers.Binary;
using System.Collections.Immutable;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.Tree;

namespace Ledger.Consensus.State;

/// <summary>
/// The state as key-value leaves: what the store keeps and the state root commits to. The first byte of a key says what
/// the leaf is. What grows without bound is many leaves, so that each is small to change and to prove.
/// </summary>
public static class StateLeaves
{
    private const byte HeadKey = 0, AccountKey = 1, UnbondingKey = 4, LastValidatorsKey = 5, ValidatorsKey = 6;
    private const byte NextValidatorsKey = 7, StandingKey = 14, CheckpointsKey = 15, RotationKey = 20;

    // One row for each kind of leaf: which leaves of it differ between two states, and how to take one into a state.
    private static readonly (byte Kind, Changed Changed, TryAdd TryAdd)[] Kinds =
    [
        (HeadKey, (_, after) => [new([HeadKey], Encode(after))], TryAddHead),
        (AccountKey, Accounts, TryAddAccount),
        .. TaskLeaves.Kinds,
        (UnbondingKey, (b, a) => Differences(b?.Unbondings, a.Unbondings, KeyOf, Encode), TryAddUnbonding),
        Validators(LastValidatorsKey, s => s.LastValidators, (s, set) => s with { LastValidators = set }),
        Validators(ValidatorsKey, s => s.Validators, (s, set) => s with { Validators = set }),
        Validators(NextValidatorsKey, s => s.NextValidators, (s, set) => s with { NextValidators = set }),
        (StandingKey, (b, a) => Differences(b?.Standings, a.Standings, KeyOfStanding, Encode), TryAddStanding),
        (RotationKey, (b, a) => Differences(b?.Rotations, a.Rotations, KeyOfRotation, Encode), TryAddRotation),
        (CheckpointsKey, (b, a) => b?.Checkpoints == a.Checkpoints ? [] : [new([CheckpointsKey], EncodeCheckpoints(a))],
            TryAddCheckpoints),
        .. AmendmentLeaves.Kinds,
    ];

    /// <summary>The first byte of the keys of each kind.</summary>
    internal static IEnumerable<byte> KindBytes => Kinds.Select(k => k.Kind);

    /// <summary>The leaves of a kind that differ; with null for the state before, all of them.</summary>
    internal delegate IEnumerable<LeafChange> Changed(ChainState? before, ChainState after);

    /// <summary>Takes a leaf into a state; false where it cannot be one of this state.</summary>
    internal delegate bool TryAdd(ref ChainState state, ReadOnlySpan<byte> key, ref Reader value);

    /// <summary>The key of an account's leaf.</summary>
    public static byte[] KeyOf(Address account) => [AccountKey, .. account.Key.ToArray()];

    /// <summary>The key of the leaf with the validators of the block after.</summary>
    public static byte[] KeyOfValidators => [ValidatorsKey];

    /// <summary>All leaves of a state but those of old results, which no state has at hand.</summary>
    public static IEnumerable<LeafChange> All(ChainState state) => Kinds.SelectMany(k => k.Changed(null, state));

    /// <summary>
    /// The state after a block with the commitment to it. Its maps' changes must be those since
    /// <paramref name="before"/>.
    /// </summary>
    internal static ChainState Commit(ChainState before, ChainState after) => after.CommittedBy(
        before.Tree.Next(after.Height, Kinds.SelectMany(k => k.Changed(before, after))));

    /// <summary>A state with the commitment to it, made of all its leaves.</summary>
    internal static ChainState Commit(ChainState state) =>
        state.CommittedBy(StateTree.Empty.Next(state.Height, All(state)));

    /// <summary>The order of leaves by their keys, byte by byte, as a store has them.</summary>
    public static IComparer<byte[]> KeyOrder { get; } =
        Comparer<byte[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b));

    /// <summary>
    /// The state with these leaves, in ascending order of key, on top of a chain's constants; null where one does not
    /// decode. The commitment to them is made anew.
    /// </summary>
    public static ChainState? ToState(ChainState genesis, IEnumerable<(byte[] Key, byte[] Value)> leaves)
    {
        var state = genesis.Bare();
        var all = new List<LeafChange>();
        foreach (var (key, value) in leaves)
        {
            if (!TryAddLeaf(ref state, key, value))
                return null;
            all.Add(new(key, value));
        }
        return state.CommittedBy(StateTree.Empty.Next(state.Height, all));
    }

    /// <summary>The account in a leaf's value; null where the value does not decode.</summary>
    public static Account? ReadAccount(ReadOnlySpan<byte> value)
    {
        var reader = new Reader(value);
        var account = ReadAccount(ref reader);
        return reader.Finished ? account : null;
    }

    /// <summary>The validators in a leaf's value; null where the value does not decode.</summary>
    public static ValidatorSet? ReadValidators(ReadOnlySpan<byte> value)
    {
        var reader = new Reader(value);
        var validators = ValidatorSet.Read(ref reader);
        return reader.Finished ? validators : null;
    }

    private static bool TryAddLeaf(ref ChainState state, byte[] key, byte[] value)
    {
        foreach (var (kind, _, tryAdd) in Kinds)
            if (key.Length > 0 && key[0] == kind)
            {
                var reader = new Reader(value);
                return tryAdd(ref state, key.AsSpan(1), ref reader) && reader.Finished;
            }
        return false;
    }

    private static byte[] Encode(ChainState state) =>
        new Writer().Array(5).UInt(state.Height).UInt(state.Time).Digest(state.LastBlock).UInt(state.Burned)
            .Digest(state.Beacon).ToArray();

    private static bool TryAddHead(ref ChainState state, ReadOnlySpan<byte> key, ref Reader value)
    {
        value.Array(5);
        state = state with
        {
            Height = value.UInt(),
            Time = value.UInt(),
            LastBlock = value.Digest(),
            Burned = value.UInt(),
            Beacon = value.Digest(),
        };
        return key.IsEmpty;
    }

    private static IEnumerable<LeafChange> Accounts(ChainState? before, ChainState after)
    {
        foreach (var address in before is null ? after.Accounts.Keys : after.Accounts.Changed)
            if (!after.Accounts.TryGetValue(address, out var account))
                yield return new(KeyOf(address), null);
            else if (before is null || before.AccountOf(address) != account)
                yield return new(KeyOf(address), Encode(account));
    }

    private static byte[] Encode(Account account) =>
        new Writer().Array(3).UInt(account.Balance).UInt(account.Stake).UInt(account.Nonce).ToArray();

    private static Account ReadAccount(ref Reader reader)
    {
        reader.Array(3);
        return new(reader.UInt(), reader.UInt(), reader.UInt());
    }

    private static bool TryAddAccount(ref ChainState state, ReadOnlySpan<byte> key, ref Reader value)
    {
        if (key.Length != PublicKey.Size)
            return false;
        state = state.With(new(PublicKey.From(key)), ReadAccount(ref value));
        return true;
    }

    /// <summary>
    /// The entries of a map that differ, one leaf each. For maps that stay small; what can grow large tracks its own
    /// changes.
    /// </summary>
    internal static IEnumerable<LeafChange> Differences<TKey, TValue>(
        ImmutableSortedDictionary<TKey, TValue>? before, ImmutableSortedDictionary<TKey, TValue> after,
        Func<TKey, byte[]> keyOf, Func<TValue, byte[]> encode)
        where TKey : notnull
    {
        if (ReferenceEquals(before, after))
            yield break;
        foreach (var key in before?.Keys ?? [])
            if (!after.ContainsKey(key))
                yield return new(keyOf(key), null);
        foreach (var (key, value) in after)
            if (before is null || !before.Contains(KeyValuePair.Create(key, value)))
                yield return new(keyOf(key), encode(value));
    }

    private static byte[] KeyOf(Unbonding entry)
    {
        var key = new byte[1 + sizeof(ulong) + PublicKey.Size];
        key[0] = UnbondingKey;
        BinaryPrimitives.WriteUInt64BigEndian(key.AsSpan(1), entry.At);
        entry.Owner.Key.Value.CopyTo(key.AsSpan(1 + sizeof(ulong)));
        return key;
    }

    private static byte[] Encode(ulong amount) => new Writer().UInt(amount).ToArray();

    private static bool TryAddUnbonding(ref ChainState state, ReadOnlySpan<byte> key, ref Reader value)
    {
        if (key.Length != sizeof(ulong) + PublicKey.Size)
            return false;
        var entry = new Unbonding(
            BinaryPrimitives.ReadUInt64BigEndian(key), new(PublicKey.From(key[sizeof(ulong)..])));
        state = state with { Unbondings = state.Unbondings.SetItem(entry, value.UInt()) };
        return true;
    }

    private static byte[] KeyOfStanding(Address address) => [StandingKey, .. address.Key.ToArray()];

    private static byte[] Encode(Standing standing) => new Writer().Array(3).UInt(standing.Missed)
        .UIntOrNil(standing.JailedUntil).UInt(standing.Tombstoned ? 1UL : 0).ToArray();

    private static bool TryAddStanding(ref ChainState state, ReadOnlySpan<byte> key, ref Reader value)
    {
        if (key.Length != PublicKey.Size)
            return false;
        value.Array(3);
        state = state.With(new(PublicKey.From(key)),
            new Standing(value.UInt(), value.TryNil() ? null : value.UInt(), value.UInt(1) == 1));
        return true;
    }

    private static byte[] KeyOfRotation(Address from) => [RotationKey, .. from.Key.ToArray()];

    private static byte[] Encode(KeyRotation rotation) => new Writer().Array(3).Address(rotation.To)
        .UIntOrNil(rotation.Left).UInt(rotation.Until).ToArray();

    private static bool TryAddRotation(ref ChainState state, ReadOnlySpan<byte> key, ref Reader value)
    {
        if (key.Length != PublicKey.Size)
            return false;
        value.Array(3);
        var rotation = new KeyRotation(value.Address(), value.TryNil() ? null : value.UInt(), value.UInt());
        state = state with { Rotations = state.Rotations.SetItem(new(PublicKey.From(key)), rotation) };
        return true;
    }

    private static byte[] EncodeCheckpoints(ChainState state)
    {
        var writer = new Writer();
        Checkpoints.Write(writer, state.Checkpoints);
        return writer.ToArray();
    }

    private static bool TryAddCheckpoints(ref ChainState state, ReadOnlySpan<byte> key, ref Reader value)
    {
        state = state with { Checkpoints = Checkpoints.Read(ref value) };
        return key.IsEmpty;
    }

    private static (byte, Changed, TryAdd) Validators(
        byte kind, Func<ChainState, ValidatorSet> of, Func<ChainState, ValidatorSet, ChainState> with) =>
        (kind,
            (before, after) => before is not null && of(before) == of(after) ? [] : [new([kind], Encode(of(after)))],
            (ref state, key, ref value) =>
            {
                if (!key.IsEmpty || ValidatorSet.Read(ref value) is not { } set)
                    return false;
                state = with(state, set);
                return true;
            }
    );

    private static byte[] Encode(ValidatorSet set)
    {
        var writer = new Writer();
        set.Write(writer);
        return writer.ToArray();
    }
}

using System.Buffers.Binary;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;

namespace Ledger.Consensus.State;

/// <summary>
/// The state as key-value leaves in ascending order of key: what the store keeps, and what the state root commits to
/// by a Merkle tree that is rebuilt for each block. The first byte of a key says what the leaf is.
/// </summary>
public static class StateTree
{
    private const byte HeadKey = 0, AccountKey = 1, TaskKey = 2, ResultKey = 3, UnbondingKey = 4;
    private const byte LastValidatorsKey = 5, ValidatorsKey = 6, NextValidatorsKey = 7;

    /// <summary>The commitment to the whole state.</summary>
    public static Digest Root(ChainState state) => Root(Leaves(state));

    /// <summary>The commitment to a state whose leaves are at hand.</summary>
    public static Digest Root(IReadOnlyList<(byte[] Key, byte[] Value)> leaves)
    {
        var hashes = new Digest[leaves.Count];
        for (var i = 0; i < hashes.Length; i++)
            hashes[i] = Merkle.Leaf(new Writer().Array(2).Bytes(leaves[i].Key).Bytes(leaves[i].Value).Written);
        return Merkle.Root(hashes);
    }

    /// <summary>All leaves, in ascending order of key.</summary>
    public static List<(byte[] Key, byte[] Value)> Leaves(ChainState state)
    {
        var leaves = new List<(byte[], byte[])>
        {
            ([HeadKey], new Writer().Array(3).UInt(state.Height).UInt(state.Time).Digest(state.LastBlock).ToArray()),
        };
        foreach (var (address, account) in state.Accounts)
            leaves.Add(([AccountKey, .. address.Key.ToArray()],
                new Writer().Array(3).UInt(account.Balance).UInt(account.Stake).UInt(account.Nonce).ToArray()));
        foreach (var (id, task) in state.Tasks)
            leaves.Add(([TaskKey, .. id.ToArray()], TaskCodec.Encode(task)));
        foreach (var (id, task) in state.Tasks)
            foreach (var result in task.Results)
                leaves.Add(([ResultKey, .. id.ToArray(), .. BigEndian(result.Number)], TaskCodec.Encode(result)));
        leaves.Add(([UnbondingKey], Encode(state.Unbondings)));
        leaves.Add(([LastValidatorsKey], Encode(state.LastValidators)));
        leaves.Add(([ValidatorsKey], Encode(state.Validators)));
        leaves.Add(([NextValidatorsKey], Encode(state.NextValidators)));
        return leaves;
    }

    /// <summary>The state with these leaves on top of a chain's constants, or null where one does not decode.</summary>
    public static ChainState? FromLeaves(ChainState genesis, IEnumerable<(byte[] Key, byte[] Value)> leaves)
    {
        var state = genesis with { Accounts = genesis.Accounts.Clear(), Tasks = genesis.Tasks.Clear() };
        foreach (var (key, value) in leaves)
            if (!TryAdd(ref state, key, value))
                return null;
        return state;
    }

    private static bool TryAdd(ref ChainState state, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        var reader = new Reader(value);
        switch (key)
        {
            case [HeadKey]:
                reader.Array(3);
                state = state with { Height = reader.UInt(), Time = reader.UInt(), LastBlock = reader.Digest() };
                break;
            case [AccountKey, .. { Length: PublicKey.Size } address]:
                reader.Array(3);
                state = state.With(new(PublicKey.From(address)), new(reader.UInt(), reader.UInt(), reader.UInt()));
                break;
            case [TaskKey, .. { Length: Digest.Size } id]:
                state = state.With(TaskCodec.ReadTask(Digest.From(id), ref reader));
                break;
            case [ResultKey, .. { Length: Digest.Size + 4 } of]
                    when state.Tasks.TryGetValue(Digest.From(of[..32]), out var task):
                state = state.With(task with { Results = task.Results.Add(TaskCodec.ReadResult(ref reader)) });
                break;
            case [UnbondingKey]:
                state = state with { Unbondings = ReadUnbondings(ref reader) };
                break;
            case [LastValidatorsKey]:
                state = state with { LastValidators = ValidatorSet.Read(ref reader) ?? state.LastValidators };
                break;
            case [ValidatorsKey]:
                state = state with { Validators = ValidatorSet.Read(ref reader) ?? state.Validators };
                break;
            case [NextValidatorsKey]:
                state = state with { NextValidators = ValidatorSet.Read(ref reader) ?? state.NextValidators };
                break;
            default:
                return false;
        }
        return reader.Finished;
    }

    private static byte[] BigEndian(uint number)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, number);
        return bytes;
    }

    private static byte[] Encode(ValidatorSet set)
    {
        var writer = new Writer();
        set.Write(writer);
        return writer.ToArray();
    }

    private static byte[] Encode(System.Collections.Immutable.ImmutableArray<Unbonding> unbondings)
    {
        var writer = new Writer().Array(unbondings.Length);
        foreach (var (at, owner, amount) in unbondings)
            writer.Array(3).UInt(at).Address(owner).UInt(amount);
        return writer.ToArray();
    }

    private static System.Collections.Immutable.ImmutableArray<Unbonding> ReadUnbondings(ref Reader reader)
    {
        var list = new List<Unbonding>();
        for (int i = 0, n = reader.Count(int.MaxValue); i < n && !reader.Failed; i++)
        {
            reader.Array(3);
            list.Add(new(reader.UInt(), reader.Address(), reader.UInt()));
        }
        return [.. list];
    }
}

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
    private const byte StandingKey = 8, CheckpointsKey = 9;

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
            ([HeadKey], new Writer().Array(4).UInt(state.Height).UInt(state.Time).Digest(state.LastBlock)
                .UInt(state.Burned).ToArray()),
        };
        foreach (var (address, account) in state.Accounts)
            leaves.Add(([AccountKey, .. address.Key.ToArray()],
                new Writer().Array(3).UInt(account.Balance).UInt(account.Stake).UInt(account.Nonce).ToArray()));
        foreach (var (id, task) in state.Tasks)
            leaves.Add(([TaskKey, .. id.ToArray()], TaskCodec.Encode(task)));
        foreach (var (id, task) in state.Tasks)
            foreach (var result in task.Results)
                leaves.Add(([ResultKey, .. id.ToArray(), .. BigEndian(result.Number)], TaskCodec.Encode(result)));
        foreach (var ((at, owner), amount) in state.Unbondings)
            leaves.Add(([UnbondingKey, .. BigEndian(at), .. owner.Key.ToArray()],
                new Writer().UInt(amount).ToArray()));
        leaves.Add(([LastValidatorsKey], Encode(state.LastValidators)));
        leaves.Add(([ValidatorsKey], Encode(state.Validators)));
        leaves.Add(([NextValidatorsKey], Encode(state.NextValidators)));
        foreach (var (address, standing) in state.Standings)
            leaves.Add(([StandingKey, .. address.Key.ToArray()],
                new Writer().Array(3).UInt(standing.Missed).UIntOrNil(standing.JailedUntil)
                    .UInt(standing.Tombstoned ? 1UL : 0).ToArray()));
        var checkpoints = new Writer();
        Checkpoints.Write(checkpoints, state.Checkpoints);
        leaves.Add(([CheckpointsKey], checkpoints.ToArray()));
        return leaves;
    }

    /// <summary>The state with these leaves on top of a chain's constants, or null where one does not decode.</summary>
    public static ChainState? FromLeaves(ChainState genesis, IEnumerable<(byte[] Key, byte[] Value)> leaves)
    {
        var state = genesis.Bare();
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
                reader.Array(4);
                state = state with
                {
                    Height = reader.UInt(), Time = reader.UInt(), LastBlock = reader.Digest(), Burned = reader.UInt(),
                };
                break;
            case [AccountKey, .. { Length: PublicKey.Size } address]:
                reader.Array(3);
                state = state.With(
                    new(PublicKey.From(address)), new Account(reader.UInt(), reader.UInt(), reader.UInt()));
                break;
            case [TaskKey, .. { Length: Digest.Size } id]:
                state = state.With(TaskCodec.ReadTask(Digest.From(id), ref reader));
                break;
            case [ResultKey, .. { Length: Digest.Size + 4 } of]
                    when state.Tasks.TryGetValue(Digest.From(of[..32]), out var task):
                state = state.With(task with { Results = task.Results.Add(TaskCodec.ReadResult(ref reader)) });
                break;
            case [UnbondingKey, .. { Length: sizeof(ulong) + PublicKey.Size } of]:
                var entry = new Unbonding(
                    BinaryPrimitives.ReadUInt64BigEndian(of), new(PublicKey.From(of[sizeof(ulong)..])));
                state = state with { Unbondings = state.Unbondings.SetItem(entry, reader.UInt()) };
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
            case [StandingKey, .. { Length: PublicKey.Size } address]:
                reader.Array(3);
                state = state.With(new(PublicKey.From(address)), new Standing(
                    reader.UInt(), reader.TryNil() ? null : reader.UInt(), reader.UInt(1) == 1));
                break;
            case [CheckpointsKey]:
                state = state with { Checkpoints = Checkpoints.Read(ref reader) };
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

    private static byte[] BigEndian(ulong number)
    {
        var bytes = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, number);
        return bytes;
    }

    private static byte[] Encode(ValidatorSet set)
    {
        var writer = new Writer();
        set.Write(writer);
        return writer.ToArray();
    }
}

using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.State;
using Ledger.Consensus.Tree;

namespace Ledger.Consensus.Light;

/// <summary>That a leaf of the state has a value, or with null, that there is no such leaf.</summary>
public sealed record StateProof(byte[] Key, byte[]? Value, byte[] Proof)
{
    /// <summary>The proof for a key in a version of the state.</summary>
    public static StateProof Of(StateTree tree, byte[] key)
    {
        var proof = tree.Prove(HashRange.Of(key), out var leaves);
        return new(key, leaves is [var leaf] ? leaf.Value : null, proof);
    }

    public bool Verify(Digest stateRoot) => RangeProof.Verify(
        stateRoot, HashRange.Of(Key), Value is null ? [] : [(Digest.OfBytes(Key), Digest.OfBytes(Value))], Proof);

    internal void Write(Writer writer)
    {
        writer.Array(3).Bytes(Key);
        if (Value is null)
            writer.Nil();
        else
            writer.Bytes(Value);
        writer.Bytes(Proof);
    }

    internal static StateProof Read(ref Reader reader)
    {
        reader.Array(3);
        var key = reader.Bytes(Limits.StateKeyBytesMax).ToArray();
        var value = reader.TryNil() ? null : reader.Bytes(Limits.StateValueBytesMax).ToArray();
        return new(key, value, reader.Bytes(Limits.KeyProofBytesMax).ToArray());
    }
}

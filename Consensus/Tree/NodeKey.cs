using System.Buffers.Binary;
using Ledger.Consensus.Crypto;

namespace Ledger.Consensus.Tree;

/// <summary>Where a node stands in the tree: the first <paramref name="Length"/> nibbles of its keys' hashes.</summary>
public readonly record struct NodePath(Bytes32 Nibbles, int Length)
{
    /// <summary>Nibbles of a whole key hash.</summary>
    public const int LengthMax = 2 * Bytes32.Size;

    public static NodePath Root => default;

    /// <summary>One step down.</summary>
    public NodePath Child(int nibble)
    {
        var word = (ulong)nibble << (60 - 4 * (Length & 15));
        return new(
            (Length >> 4) switch
            {
                0 => Nibbles with { A = Nibbles.A | word },
                1 => Nibbles with { B = Nibbles.B | word },
                2 => Nibbles with { C = Nibbles.C | word },
                _ => Nibbles with { D = Nibbles.D | word },
            },
            Length + 1);
    }
}

/// <summary>
/// The name under which a node is stored: the version that made it, then its path. New nodes come after all older
/// ones, which suits a log-structured store, and no node is ever written twice (Jellyfish Merkle tree, Diem 2021).
/// </summary>
public readonly record struct NodeKey(ulong Version, NodePath Path)
{
    /// <summary>Eight bytes of version, big endian, then one byte for each nibble: paths are short.</summary>
    public byte[] Encode()
    {
        var bytes = new byte[sizeof(ulong) + Path.Length];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, Version);
        for (var i = 0; i < Path.Length; i++)
            bytes[sizeof(ulong) + i] = (byte)Path.Nibbles.Nibble(i);
        return bytes;
    }
}

using System.Collections.Immutable;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;

namespace Ledger.Consensus.Tree;

/// <summary>What a parent knows of a child: which version made it, its hash, and whether it is a leaf.</summary>
public sealed record NodeRef(ulong Version, Digest Hash, bool IsLeaf);

/// <summary>Gives the node of a key that a tree names; it must be there.</summary>
public delegate TreeNode NodeSource(NodeKey key);

/// <summary>
/// A stored node of the compact sparse Merkle tree. Hashing is binary over the SHA-256 of the keys: an empty subtree is
/// <see cref="Empty"/>, one with a single leaf is that leaf's hash, any other is the hash of its halves. An
/// <see cref="Inner"/> node holds four levels of it, so that a path takes few reads.
/// </summary>
public abstract class TreeNode
{
    private TreeNode()
    {
    }

    /// <summary>The hash of a subtree without leaves: no content is known that hashes to zero.</summary>
    public static Digest Empty => default;

    /// <summary>The hash that the parent carries.</summary>
    public abstract Digest Hash();

    public abstract byte[] Encode();

    /// <summary>The node that these bytes encode; null for anything else.</summary>
    public static TreeNode? Decode(ReadOnlySpan<byte> input)
    {
        var reader = new Reader(input);
        var fields = reader.Count(Inner.Width);
        TreeNode? read = fields switch
        {
            2 => new Leaf(reader.Bytes(Limits.StateKeyBytesMax).ToArray(),
                reader.Bytes(Limits.StateValueBytesMax).ToArray()),
            Inner.Width => Inner.Read(ref reader),
            _ => null,
        };
        return reader.Finished ? read : null;
    }

    /// <summary>A key with its value, at the place where no other key shares its path.</summary>
    public sealed class Leaf(byte[] key, byte[] value) : TreeNode
    {
        public byte[] Key => key;

        public byte[] Value => value;

        /// <summary>Decides the leaf's place in the tree.</summary>
        public Digest KeyHash { get; } = Digest.OfBytes(key);

        public override Digest Hash() => Merkle.Leaf(KeyHash, Digest.OfBytes(value));

        public override byte[] Encode() => new Writer().Array(2).Bytes(key).Bytes(value).ToArray();
    }

    /// <summary>Sixteen places, one for each next nibble; at least two leaves are below.</summary>
    public sealed class Inner(ImmutableArray<NodeRef?> children) : TreeNode
    {
        /// <summary>Children of a node.</summary>
        public const int Width = 16;

        public ImmutableArray<NodeRef?> Children => children;

        public override Digest Hash() => Hash(0, Width);

        /// <summary>The hash of the binary subtree over <paramref name="count"/> places.</summary>
        internal Digest Hash(int start, int count) => Only(start, count) switch
        {
            (0, _) => Empty,
            (_, { } child) => child.Hash,
            _ => Merkle.Node(Hash(start, count / 2), Hash(start + count / 2, count / 2)),
        };

        /// <summary>
        /// How many children stand there, and the one that stands for the whole subtree: a lone leaf, or at a single
        /// place whatever is there.
        /// </summary>
        internal (int Children, NodeRef? Whole) Only(int start, int count)
        {
            var found = 0;
            NodeRef? last = null;
            foreach (var child in children.AsSpan().Slice(start, count))
                if (child is not null)
                    (found, last) = (found + 1, child);
            return (found, found == 1 && (count == 1 || last!.IsLeaf) ? last : null);
        }

        public override byte[] Encode()
        {
            var writer = new Writer().Array(Width);
            foreach (var child in children)
                if (child is var (version, hash, isLeaf))
                    writer.Array(3).UInt(version).Digest(hash).UInt(isLeaf ? 1UL : 0);
                else
                    writer.Nil();
            return writer.ToArray();
        }

        internal static Inner Read(ref Reader reader)
        {
            var children = ImmutableArray.CreateBuilder<NodeRef?>(Width);
            for (var i = 0; i < Width; i++)
                children.Add(reader.TryNil() ? null : ReadChild(ref reader));
            return new(children.MoveToImmutable());
        }

        private static NodeRef ReadChild(ref Reader reader)
        {
            reader.Array(3);
            return new(reader.UInt(), reader.Digest(), reader.UInt(1) == 1);
        }
    }
}

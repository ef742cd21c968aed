using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;

namespace Ledger.Consensus.Tree;

/// <summary>
/// Shows which leaves of a tree lie in a range of key hashes: these, and no others. The range of a single key gives the
/// proof that it has a value or that it has none. A proof is the tree's outline in pre-order, as far as the range's
/// edges cut through it: each subtree outside by its hash (nil for an empty one), each one that an edge cuts by a mark
/// where the leaves do not tell how it goes on. One tree and range have exactly one proof.
/// </summary>
public static class RangeProof
{
    private const ulong End = 0, Branch = 1, Stranger = 2;

    /// <summary>The leaves of a range, in ascending order of key hash, and the proof that they are all.</summary>
    public static byte[] Prove(NodeSource read, NodeRef? root, HashRange range, out List<TreeNode.Leaf> leaves)
    {
        var prover = new Prover(range);
        prover.Write(Subtree.Of(read, root), new(range, 0, true, true));
        leaves = prover.Leaves;
        return prover.Proof.ToArray();
    }

    /// <summary>The leaves from a key hash on, in ascending order, read one by one.</summary>
    public static IEnumerable<TreeNode.Leaf> Leaves(NodeSource read, NodeRef? root, Digest from) =>
        Subtree.Of(read, root).Leaves(from, 0, true);

    /// <summary>
    /// Whether the tree of <paramref name="root"/> has exactly these leaves in the range. Anything that the proof does
    /// not need, and any second way to write it, is refused (cosmos/iavl#579).
    /// </summary>
    public static bool Verify(
        Digest root, HashRange range, ReadOnlySpan<(Digest Key, Digest Value)> leaves, ReadOnlySpan<byte> proof)
    {
        for (var i = 0; i < leaves.Length; i++)
            if (!range.Contains(leaves[i].Key) || i > 0 && leaves[i].Key <= leaves[i - 1].Key)
                return false;
        var reader = new Reader(proof);
        var computed = HashOf(new(range, 0, true, true), leaves, ref reader);
        return reader.Finished && computed == root;
    }

    private static Digest HashOf(Cut cut, ReadOnlySpan<(Digest Key, Digest Value)> leaves, ref Reader proof)
    {
        if (cut.IsInside)
            return HashOf(leaves, cut.Depth);
        // With two leaves it must branch; with fewer the proof says what is beside them.
        var mark = leaves.Length >= 2 ? Branch : proof.UInt(Stranger);
        if (mark == End || proof.Failed)
            return leaves.IsEmpty ? TreeNode.Empty : Merkle.Leaf(leaves[0].Key, leaves[0].Value);
        if (mark == Stranger)
            return HashOfStranger(cut, leaves.IsEmpty, ref proof);
        if (cut.Depth == 8 * Digest.Size)
            proof.Fail();
        if (proof.Failed)
            return default;
        var half = Half(leaves, cut.Depth);
        var left = cut.Left is { } l ? HashOf(l, leaves[..half], ref proof) : HashOfOutside(ref proof);
        var right = cut.Right is { } r ? HashOf(r, leaves[half..], ref proof) : HashOfOutside(ref proof);
        return Merkle.Node(left, right);
    }

    private static Digest HashOfOutside(ref Reader proof)
    {
        if (proof.TryNil())
            return TreeNode.Empty;
        var hash = proof.Digest();
        if (hash == TreeNode.Empty)
            proof.Fail();
        return hash;
    }

    // A subtree that the edge cuts may hold just one leaf, beyond the edge.
    private static Digest HashOfStranger(Cut cut, bool isAlone, ref Reader proof)
    {
        var (key, value) = (proof.Digest(), proof.Digest());
        if (!isAlone || cut.Range.Contains(key) || !cut.Covers(key))
            proof.Fail();
        return Merkle.Leaf(key, value);
    }

    private static Digest HashOf(ReadOnlySpan<(Digest Key, Digest Value)> leaves, int depth)
    {
        if (leaves.Length < 2)
            return leaves.IsEmpty ? TreeNode.Empty : Merkle.Leaf(leaves[0].Key, leaves[0].Value);
        var half = Half(leaves, depth);
        return Merkle.Node(HashOf(leaves[..half], depth + 1), HashOf(leaves[half..], depth + 1));
    }

    private static int Half(ReadOnlySpan<(Digest Key, Digest Value)> leaves, int depth)
    {
        var half = 0;
        while (half < leaves.Length && leaves[half].Key.Value.Bit(depth) == 0)
            half++;
        return half;
    }

    /// <summary>A subtree that the lower or the upper edge of a range runs through, or that lies inside.</summary>
    private readonly record struct Cut(HashRange Range, int Depth, bool HasLower, bool HasUpper)
    {
        internal bool IsInside => !HasLower && !HasUpper;

        /// <summary>The half with bit 0; null where it lies outside.</summary>
        internal Cut? Left => HasLower && Range.From.Value.Bit(Depth) == 1
            ? null
            : new(Range, Depth + 1, HasLower, HasUpper && Range.To.Value.Bit(Depth) == 0);

        /// <summary>The half with bit 1; null where it lies outside.</summary>
        internal Cut? Right => HasUpper && Range.To.Value.Bit(Depth) == 0
            ? null
            : new(Range, Depth + 1, HasLower && Range.From.Value.Bit(Depth) == 1, HasUpper);

        /// <summary>Whether a key belongs below here.</summary>
        internal bool Covers(Digest keyHash)
        {
            var edge = (HasLower ? Range.From : Range.To).Value;
            for (var i = 0; i < Depth; i++)
                if (edge.Bit(i) != keyHash.Value.Bit(i))
                    return false;
            return true;
        }
    }

    private sealed class Prover(HashRange range)
    {
        internal Writer Proof { get; } = new();

        internal List<TreeNode.Leaf> Leaves { get; } = [];

        internal void Write(Subtree tree, Cut cut)
        {
            if (cut.IsInside)
            {
                Leaves.AddRange(LeavesOf(tree, cut));
                return;
            }
            if (tree.IsEmpty)
                Proof.UInt(End);
            else if (tree.IsLeaf)
                WriteLeaf(tree.Leaf);
            else
                WriteBranch(tree, cut);
        }

        private void WriteLeaf(TreeNode.Leaf leaf)
        {
            if (range.Contains(leaf.KeyHash))
            {
                Proof.UInt(End);
                Leaves.Add(leaf);
            }
            else
                Proof.UInt(Stranger).Digest(leaf.KeyHash).Digest(Digest.OfBytes(leaf.Value));
        }

        // The mark is written where fewer than two leaves below are in the range: else they tell.
        private void WriteBranch(Subtree tree, Cut cut)
        {
            if (range.From == range.To || LeavesOf(tree, cut).Take(2).Count() < 2)
                Proof.UInt(Branch);
            var (left, right) = tree.Split();
            WriteHalf(left, cut.Left);
            WriteHalf(right, cut.Right);
        }

        private IEnumerable<TreeNode.Leaf> LeavesOf(Subtree tree, Cut cut) =>
            tree.Leaves(range.From, cut.Depth, cut.HasLower).TakeWhile(leaf => leaf.KeyHash <= range.To);

        private void WriteHalf(Subtree half, Cut? cut)
        {
            if (cut is { } through)
                Write(half, through);
            else if (half.IsEmpty)
                Proof.Nil();
            else
                Proof.Digest(half.Hash);
        }
    }
}

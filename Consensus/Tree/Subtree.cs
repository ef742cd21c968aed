using Ledger.Consensus.Crypto;

namespace Ledger.Consensus.Tree;

/// <summary>
/// A binary subtree as seen through the stored nodes, read when it is looked into: <paramref name="count"/> places of a
/// node from <paramref name="start"/> on, or the whole of the node that <paramref name="root"/> names.
/// </summary>
internal sealed class Subtree(
    NodeSource read, NodePath path, NodeRef? root, TreeNode.Inner? inner, int start, int count)
{
    internal static Subtree Of(NodeSource read, NodeRef? root) => new(read, NodePath.Root, root, null, 0, 0);

    internal bool IsEmpty => inner is null && root is null;

    internal bool IsLeaf => inner is null && root is { IsLeaf: true };

    internal Digest Hash => inner?.Hash(start, count) ?? root?.Hash ?? TreeNode.Empty;

    internal TreeNode.Leaf Leaf => (TreeNode.Leaf)read(new(root!.Version, path));

    /// <summary>The halves of a subtree with two leaves or more.</summary>
    internal (Subtree Left, Subtree Right) Split()
    {
        if (inner is not null)
            return (Part(inner, start, count / 2), Part(inner, start + count / 2, count / 2));
        const int Half = TreeNode.Inner.Width / 2;
        var node = (TreeNode.Inner)read(new(root!.Version, path));
        return (Part(node, 0, Half), Part(node, Half, Half));
    }

    /// <summary>
    /// The leaves from a key hash on, in ascending order, read one by one. <paramref name="isEdge"/> says whether that
    /// hash lies below here, at this depth in bits; otherwise all leaves are beyond it.
    /// </summary>
    internal IEnumerable<TreeNode.Leaf> Leaves(Digest from, int depth, bool isEdge)
    {
        var ahead = new Stack<(Subtree Tree, int Depth, bool IsEdge)>();
        ahead.Push((this, depth, isEdge));
        while (ahead.TryPop(out var next))
        {
            if (next.Tree.IsLeaf && next.Tree.Leaf is var leaf && leaf.KeyHash >= from)
                yield return leaf;
            if (next.Tree.IsEmpty || next.Tree.IsLeaf)
                continue;
            var (left, right) = next.Tree.Split();
            var bit = next.IsEdge ? from.Value.Bit(next.Depth) : 0;
            ahead.Push((right, next.Depth + 1, next.IsEdge && bit == 1));
            if (bit == 0)
                ahead.Push((left, next.Depth + 1, next.IsEdge));
        }
    }

    private Subtree Part(TreeNode.Inner node, int from, int width)
    {
        var (children, whole) = node.Only(from, width);
        if (whole is null && children > 0)
            return new(read, path, null, node, from, width);
        var place = from;
        while (children > 0 && node.Children[place] is null)
            place++;
        return new(read, path.Child(place), whole, null, 0, 0);
    }
}

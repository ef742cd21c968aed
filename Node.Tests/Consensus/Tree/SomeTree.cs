using Ledger.Consensus.Crypto;
using Ledger.Consensus.Tree;

namespace Ledger.Node.Tests.Consensus.Tree;

/// <summary>A tree whose nodes are kept in memory, as a store would; stale ones go when asked.</summary>
internal sealed class SomeTree
{
    private readonly Dictionary<NodeKey, TreeNode> nodes = [];
    private readonly List<NodeKey> stale = [];
    private ulong version;

    internal NodeRef? Root { get; private set; }

    internal int Stored => nodes.Count;

    internal Digest Hash => Root?.Hash ?? TreeNode.Empty;

    internal static byte[] Key(int number) => BitConverter.GetBytes(number);

    internal static (Digest Key, Digest Value)[] Pairs(IEnumerable<TreeNode.Leaf> leaves) =>
        [.. leaves.Select(l => (l.KeyHash, Digest.OfBytes(l.Value)))];

    /// <summary>A tree of so many leaves, with their numbers as values.</summary>
    internal static SomeTree Of(int leaves)
    {
        var tree = new SomeTree();
        tree.Apply([.. Enumerable.Range(0, leaves).Select(i => new LeafChange(Key(i), Key(i)))]);
        return tree;
    }

    // Through the encoding, as from a disk.
    internal TreeNode Read(NodeKey key) => TreeNode.Decode(nodes[key].Encode())!;

    internal TreeUpdate Apply(params LeafChange[] changes)
    {
        var update = TreeUpdate.Apply(Read, Root, ++version, changes);
        foreach (var (key, node) in update.Added)
            nodes.Add(key, node);
        stale.AddRange(update.Stale);
        Root = update.Root;
        return update;
    }

    internal void Prune()
    {
        foreach (var key in stale)
            if (!nodes.Remove(key))
                throw new InvalidOperationException($"{key} is stale and not there");
        stale.Clear();
    }

    /// <summary>Nodes that can be reached from the root.</summary>
    internal int Reachable() => Root is { } root ? Reachable(root, NodePath.Root) : 0;

    internal byte[] Prove(HashRange range, out List<TreeNode.Leaf> leaves) =>
        RangeProof.Prove(Read, Root, range, out leaves);

    private int Reachable(NodeRef node, NodePath path) => Read(new(node.Version, path)) is TreeNode.Inner inner
        ? 1 + inner.Children.Index().Where(c => c.Item is not null)
            .Sum(c => Reachable(c.Item!, path.Child(c.Index)))
        : 1;
}

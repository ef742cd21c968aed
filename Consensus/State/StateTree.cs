using System.Collections.Immutable;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.Tree;

namespace Ledger.Consensus.State;

/// <summary>
/// The commitment to the state after a block: a compact sparse Merkle tree over <see cref="StateLeaves"/>, whose
/// version is the block's height. It is an immutable value like the state itself. What a store has yet to write is at
/// hand here; all other nodes are read from the store.
/// </summary>
public sealed record StateTree
{
    private readonly NodeSource? saved;
    private readonly NodeRef? root;

    private StateTree(NodeSource? saved, NodeRef? root) => (this.saved, this.root) = (saved, root);

    /// <summary>A tree without leaves and without a store.</summary>
    public static StateTree Empty { get; } = new(null, null);

    /// <summary>What the next header commits to.</summary>
    public Digest Root => root?.Hash ?? TreeNode.Empty;

    /// <summary>Nodes of this version that no store holds yet.</summary>
    public IReadOnlyDictionary<NodeKey, TreeNode> Unsaved { get; private init; } =
        new Dictionary<NodeKey, TreeNode>();

    /// <summary>Nodes in the store that this version does not use any more.</summary>
    public ImmutableArray<NodeKey> Stale { get; private init; } = [];

    /// <summary>The leaves that have changed since the version in the store, the latest change of a key last.</summary>
    public ImmutableArray<LeafChange> Changes { get; private init; } = [];

    /// <summary>The tree of a version whose nodes are all in a store.</summary>
    public static StateTree Of(NodeSource saved, ulong version)
    {
        var node = saved(new(version, NodePath.Root));
        return new(saved, new(version, node.Hash(), node is TreeNode.Leaf));
    }

    /// <summary>The tree after a block.</summary>
    public StateTree Next(ulong version, IEnumerable<LeafChange> changes)
    {
        ImmutableArray<LeafChange> list = [.. changes];
        var update = TreeUpdate.Apply(Read, root, version, list);
        var unsaved = new Dictionary<NodeKey, TreeNode>(Unsaved);
        var stale = update.Stale.Where(key => !unsaved.Remove(key)).ToList();
        foreach (var (key, node) in update.Added)
            unsaved.Add(key, node);
        return new(saved, update.Root)
        {
            Unsaved = unsaved,
            Stale = [.. Stale, .. stale],
            Changes = Changes.IsEmpty ? list : [.. Changes, .. list],
        };
    }

    /// <summary>The same tree once its nodes are in a store.</summary>
    public StateTree SavedTo(NodeSource store) => new(store, root);

    /// <summary>The leaves of a range of key hashes, in ascending order, and the proof that they are all.</summary>
    public byte[] Prove(HashRange range, out List<TreeNode.Leaf> leaves) =>
        RangeProof.Prove(Read, root, range, out leaves);

    /// <summary>The leaves from a key hash on, in ascending order, read one by one.</summary>
    public IEnumerable<TreeNode.Leaf> LeavesFrom(Digest keyHash) => RangeProof.Leaves(Read, root, keyHash);

    private TreeNode Read(NodeKey key) => Unsaved.GetValueOrDefault(key) ?? saved?.Invoke(key)
        ?? throw new InvalidOperationException($"no store holds a node of version {key.Version}");
}

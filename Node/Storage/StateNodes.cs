using System.Buffers.Binary;
using System.Collections.Concurrent;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.State;
using Ledger.Consensus.Tree;

namespace Ledger.Node.Storage;

/// <summary>
/// The nodes of the state's tree, by version and path, and which of them newer versions do without: the index by which
/// old versions are pruned, in the same batch that adds the new one.
/// </summary>
internal sealed class StateNodes(IKeyValue db)
{
    internal const string Nodes = "nodes", Stale = "stale";

    private static readonly byte[] AfterAll = [.. Enumerable.Repeat(byte.MaxValue, sizeof(ulong))];

    // Of the newest version, what this process has written: a block reads of the one before little but what that one
    // changed. Others read meanwhile, for proofs. A key that is dropped comes again only by being written again.
    private readonly ConcurrentDictionary<NodeKey, TreeNode> written = [];

    private ulong prunedBelow;

    /// <summary>The tree of a version; null where it has been pruned or is yet to come.</summary>
    internal StateTree? TreeOf(ulong version) =>
        db.Get(Nodes, new NodeKey(version, NodePath.Root).Encode()) is null ? null : StateTree.Of(Read, version);

    internal TreeNode Read(NodeKey key) => written.TryGetValue(key, out var node) ? node : Load(key);

    private TreeNode Load(NodeKey key)
    {
        var bytes = db.Get(Nodes, key.Encode()) ?? throw Damaged(key, "is missing");
        return TreeNode.Decode(bytes) ?? throw Damaged(key, "is no node");
    }

    /// <summary>Reads a node and all below it, and throws where one is not what its parent says.</summary>
    internal void Check(NodeKey key, Digest hash)
    {
        var node = Load(key);
        if (node.Hash() != hash)
            throw Damaged(key, "is another");
        if (node is not TreeNode.Inner inner)
            return;
        for (var i = 0; i < TreeNode.Inner.Width; i++)
            if (inner.Children[i] is { } child)
                Check(new(child.Version, key.Path.Child(i)), child.Hash);
    }

    /// <summary>
    /// Adds what a tree has not saved, and drops what only versions up to <paramref name="pruned"/> need.
    /// </summary>
    internal void Put(WriteBatch batch, StateTree tree, ulong version, ulong? pruned)
    {
        if (written.Count > StorageLimits.StateNodesCachedMax)
            written.Clear();
        foreach (var (key, node) in tree.Unsaved)
        {
            batch.Put(Nodes, key.Encode(), node.Encode());
            written[key] = node;
        }
        foreach (var key in tree.Stale)
        {
            batch.Put(Stale, [.. BigEndian(version), .. key.Encode()], []);
            written.TryRemove(key, out _);
        }
        if (pruned is { } last)
            Prune(batch, last);
    }

    /// <summary>Drops all versions after one, which is then the newest.</summary>
    internal static void Rewind(WriteBatch batch, ulong version)
    {
        batch.DeleteRange(Nodes, BigEndian(version + 1), AfterAll);
        batch.DeleteRange(Stale, BigEndian(version + 1), AfterAll);
    }

    // A node that is stale since version v is needed by versions before v. Most commits prune one version; the first of
    // a process, and one after which fewer are kept, prune what has been left.
    private void Prune(WriteBatch batch, ulong last)
    {
        var below = last + 2;
        if (below <= prunedBelow)
            return;
        byte[] from = BigEndian(prunedBelow), to = BigEndian(below);
        prunedBelow = below;
        foreach (var (key, _) in db.Scan(Stale, from, to))
            batch.Delete(Nodes, key.AsSpan(sizeof(ulong)));
        batch.DeleteRange(Stale, from, to);
    }

    private static byte[] BigEndian(ulong version)
    {
        var bytes = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, version);
        return bytes;
    }

    private static StoreException Damaged(NodeKey key, string how) => StoreException.Damaged(
        Nodes, $"the node of version {key.Version} at {key.Path.Nibbles.ToString()[..key.Path.Length]} {how}");
}

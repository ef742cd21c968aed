using System.Runtime.InteropServices;

namespace Ledger.Consensus.Tree;

/// <summary>A key that gets a value, or with null, loses it.</summary>
public readonly record struct LeafChange(byte[] Key, byte[]? Value);

/// <summary>
/// The step from one version of a tree to the next: its root, the nodes it adds and those of older versions that it no
/// longer uses. Nothing is written here and nothing is changed: the versions before stay as they are, for as long as
/// their nodes are kept. The root follows from the leaves alone, whatever order they came in.
/// </summary>
public sealed class TreeUpdate
{
    private readonly NodeSource read;
    private readonly ulong version;
    private readonly List<(NodeKey, TreeNode)> added = [];
    private readonly List<NodeKey> stale = [];

    private TreeUpdate(NodeSource read, ulong version) => (this.read, this.version) = (read, version);

    /// <summary>The new root; null where no leaf is left.</summary>
    public NodeRef? Root { get; private set; }

    public IReadOnlyList<(NodeKey Key, TreeNode Node)> Added => added;

    public IReadOnlyList<NodeKey> Stale => stale;

    /// <summary>
    /// Applies changes to a tree of an older version. Of several changes of one key the last counts.
    /// </summary>
    public static TreeUpdate Apply(NodeSource read, NodeRef? root, ulong version, IEnumerable<LeafChange> changes)
    {
        if (root is { } before && before.Version >= version)
            throw new ArgumentException($"version {version} does not follow {before.Version}", nameof(version));
        var update = new TreeUpdate(read, version);
        update.Root = update.Settle(update.Next(root, NodePath.Root, Sorted(changes)), NodePath.Root);
        return update;
    }

    private static Change[] Sorted(IEnumerable<LeafChange> changes)
    {
        var sorted = new List<(Change Change, int Place)>();
        foreach (var (key, value) in changes)
            sorted.Add((new(new(key, value ?? []), value is null), sorted.Count));
        sorted.Sort((a, b) => a.Change.Leaf.KeyHash.CompareTo(b.Change.Leaf.KeyHash) is var order and not 0
            ? order
            : a.Place.CompareTo(b.Place));
        var last = new List<Change>(sorted.Count);
        for (var i = 0; i < sorted.Count; i++)
            if (i + 1 == sorted.Count || sorted[i].Change.Leaf.KeyHash != sorted[i + 1].Change.Leaf.KeyHash)
                last.Add(sorted[i].Change);
        return [.. last];
    }

    private Slot Next(NodeRef? old, NodePath path, ReadOnlySpan<Change> changes)
    {
        if (changes.IsEmpty)
            return new(old, null);
        if (old is not { } kept)
            return Build(path, Puts(changes, null));
        return read(new(kept.Version, path)) switch
        {
            TreeNode.Leaf leaf => NextOfLeaf(kept, leaf, path, changes),
            TreeNode.Inner inner => NextOfInner(kept, inner, path, changes),
            _ => throw new InvalidOperationException("a node is a leaf or has children"),
        };
    }

    private Slot NextOfLeaf(NodeRef old, TreeNode.Leaf leaf, NodePath path, ReadOnlySpan<Change> changes)
    {
        var leaves = Puts(changes, leaf);
        if (leaves is [var only] && only == leaf)
            return new(old, null);
        stale.Add(new(old.Version, path));
        return Build(path, leaves);
    }

    private Slot NextOfInner(NodeRef old, TreeNode.Inner inner, NodePath path, ReadOnlySpan<Change> changes)
    {
        var slots = new Slot[TreeNode.Inner.Width];
        var isSame = true;
        for (var nibble = 0; nibble < slots.Length; nibble++)
        {
            var length = 0;
            while (length < changes.Length && changes[length].Leaf.KeyHash.Value.Nibble(path.Length) == nibble)
                length++;
            var before = new Slot(inner.Children[nibble], null);
            slots[nibble] = length == 0 ? before : Next(before.Kept, path.Child(nibble), changes[..length]);
            isSame &= slots[nibble] == before;
            changes = changes[length..];
        }
        if (isSame)
            return new(old, null);
        stale.Add(new(old.Version, path));
        return Join(path, slots);
    }

    // A lone leaf stands at the highest place where it is alone.
    private Slot Join(NodePath path, Slot[] slots)
    {
        var (taken, place) = (0, 0);
        for (var i = 0; i < slots.Length; i++)
            if (slots[i] != default)
                (taken, place) = (taken + 1, i);
        if (taken == 0)
            return default;
        if (taken == 1 && slots[place] is { Fresh: TreeNode.Leaf } or { Kept.IsLeaf: true })
            return slots[place].Kept is { } kept ? Lift(new(kept.Version, path.Child(place))) : slots[place];
        var children = new NodeRef?[slots.Length];
        for (var i = 0; i < slots.Length; i++)
            children[i] = Settle(slots[i], path.Child(i));
        return new(null, new TreeNode.Inner(ImmutableCollectionsMarshal.AsImmutableArray(children)));
    }

    private Slot Lift(NodeKey leaf)
    {
        stale.Add(leaf);
        return new(null, read(leaf));
    }

    private Slot Build(NodePath path, ReadOnlySpan<TreeNode.Leaf> leaves)
    {
        if (leaves.Length < 2)
            return leaves.IsEmpty ? default : new(null, leaves[0]);
        var slots = new Slot[TreeNode.Inner.Width];
        for (var nibble = 0; nibble < slots.Length; nibble++)
        {
            var length = 0;
            while (length < leaves.Length && leaves[length].KeyHash.Value.Nibble(path.Length) == nibble)
                length++;
            slots[nibble] = Build(path.Child(nibble), leaves[..length]);
            leaves = leaves[length..];
        }
        return Join(path, slots);
    }

    // Only now is it certain that the node stays where it is.
    private NodeRef? Settle(Slot slot, NodePath path)
    {
        if (slot.Fresh is not { } node)
            return slot.Kept;
        added.Add((new(version, path), node));
        return new(version, node.Hash(), node is TreeNode.Leaf);
    }

    private static TreeNode.Leaf[] Puts(ReadOnlySpan<Change> changes, TreeNode.Leaf? old)
    {
        var leaves = new List<TreeNode.Leaf>(changes.Length + 1);
        foreach (var (leaf, isGone) in changes)
        {
            if (old is not null && old.KeyHash <= leaf.KeyHash)
            {
                if (old.KeyHash < leaf.KeyHash)
                    leaves.Add(old);
                old = null;
            }
            if (!isGone)
                leaves.Add(leaf);
        }
        if (old is not null)
            leaves.Add(old);
        return [.. leaves];
    }

    private readonly record struct Change(TreeNode.Leaf Leaf, bool IsGone);

    /// <summary>A place of the new version: a node kept from before, a fresh one, or neither.</summary>
    private readonly record struct Slot(NodeRef? Kept, TreeNode? Fresh);
}

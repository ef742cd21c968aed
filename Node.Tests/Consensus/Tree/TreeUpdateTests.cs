using Ledger.Consensus.Crypto;
using Ledger.Consensus.Tree;

namespace Ledger.Node.Tests.Consensus.Tree;

/// <summary>The incremental tree against the one that is rebuilt from all its leaves.</summary>
public class TreeUpdateTests
{
    [TestCase(6, 400)]
    [TestCase(60, 800)]
    [TestCase(3_000, 300)]
    public void The_root_is_that_of_the_rebuilt_tree_after_every_update(int keys, int updates)
    {
        var random = new Random(keys);
        var tree = new SomeTree();
        var leaves = new SortedDictionary<int, byte[]>();
        var (removed, emptied) = (0, 0);
        for (var i = 0; i < updates; i++)
        {
            var changes = Enumerable.Range(0, random.Next(1, keys / 2)).Select(_ => Change(random, keys)).ToArray();
            removed += changes.Count(c => c.Value is null && leaves.ContainsKey(BitConverter.ToInt32(c.Key)));
            foreach (var (key, value) in changes)
                if (value is null)
                    leaves.Remove(BitConverter.ToInt32(key));
                else
                    leaves[BitConverter.ToInt32(key)] = value;
            tree.Apply(changes);
            emptied += leaves.Count == 0 ? 1 : 0;

            Assert.That(tree.Hash, Is.EqualTo(RebuiltTree.Root(leaves.Select(l => (SomeTree.Key(l.Key), l.Value)))));
        }
        Assert.That(removed, Is.GreaterThan(updates / 4));
        Assert.That(keys > 6 || emptied > 0, "small trees become empty now and then");
    }

    [Test]
    public void What_is_not_stale_is_exactly_what_the_newest_version_reaches([Range(1, 20)] int seed)
    {
        var random = new Random(seed);
        var tree = new SomeTree();
        for (var i = 0; i < 60; i++)
        {
            tree.Apply([.. Enumerable.Range(0, random.Next(1, 40)).Select(_ => Change(random, 100))]);
            if (random.Next(3) == 0)
                tree.Prune();
        }
        tree.Prune();

        Assert.That(tree.Stored, Is.EqualTo(tree.Reachable()));
    }

    [Test]
    public void An_older_version_stays_as_it_was()
    {
        var tree = SomeTree.Of(200);
        var (root, hash) = (tree.Root, tree.Hash);
        tree.Apply([.. Enumerable.Range(0, 150).Select(i => new LeafChange(SomeTree.Key(i), null))]);

        var proof = RangeProof.Prove(tree.Read, root, HashRange.All, out var leaves);
        Assert.That(leaves, Has.Count.EqualTo(200));
        Assert.That(RangeProof.Verify(hash, HashRange.All, SomeTree.Pairs(leaves), proof));
        Assert.That(tree.Hash, Is.Not.EqualTo(hash));
    }

    [Test]
    public void A_change_of_one_leaf_among_many_writes_a_few_nodes()
    {
        var tree = SomeTree.Of(5_000);
        var update = tree.Apply(new LeafChange(SomeTree.Key(7), [1]));

        Assert.That(update.Added, Has.Count.LessThan(8));
        Assert.That(update.Stale, Has.Count.EqualTo(update.Added.Count));
    }

    [Test]
    public void Removing_what_is_not_there_writes_nothing()
    {
        var tree = SomeTree.Of(50);
        var root = tree.Root;
        var update = tree.Apply(new LeafChange(SomeTree.Key(1_000), null));

        Assert.That((update.Root, update.Added.Count, update.Stale.Count), Is.EqualTo((root, 0, 0)));
    }

    [Test]
    public void A_version_that_does_not_follow_is_refused() =>
        Assert.That(() => TreeUpdate.Apply(_ => throw new InvalidOperationException(), new(5, default, true), 5, []),
            Throws.ArgumentException);

    [Test]
    public void Keys_are_stored_in_the_order_of_their_version_and_path()
    {
        var random = new Random(1);
        var keys = Enumerable.Range(0, 300).Select(_ =>
        {
            var path = NodePath.Root;
            for (var depth = random.Next(5); depth > 0; depth--)
                path = path.Child(random.Next(16));
            return new NodeKey((ulong)random.Next(3), path);
        }).Distinct().OrderBy(k => k.Version).ThenBy(k => k.Path.Nibbles).ThenBy(k => k.Path.Length)
            .Select(k => Convert.ToHexString(k.Encode())).ToList();

        Assert.That(keys, Is.Ordered.Using<string>(StringComparer.Ordinal));
        Assert.That(keys, Is.Unique);
    }

    [Test]
    public void A_path_of_all_nibbles_spells_the_key_hash()
    {
        var hash = Digest.OfBytes([1]);
        var path = NodePath.Root;
        for (var i = 0; i < NodePath.LengthMax; i++)
            path = path.Child(hash.Value.Nibble(i));

        Assert.That(path.Nibbles, Is.EqualTo(hash.Value));
    }

    private static LeafChange Change(Random random, int keys) => new(
        SomeTree.Key(random.Next(keys)), random.Next(2) == 0 ? null : SomeTree.Key(random.Next()));
}

using Ledger.Consensus.Crypto;
using Ledger.Consensus.Tree;

namespace Ledger.Node.Tests.Consensus.Tree;

/// <summary>Proofs show all leaves of a range and nothing else; whoever changes a bit of one is refused.</summary>
public class RangeProofTests
{
    private static readonly SomeTree Tree = SomeTree.Of(700);

    [Test]
    public void Every_leaf_is_proved_and_every_other_key_is_proved_absent()
    {
        for (var i = 0; i < 1_400; i++)
        {
            var range = HashRange.Of(SomeTree.Key(i));
            var proof = Tree.Prove(range, out var leaves);

            Assert.That(leaves.Select(l => l.Value), Is.EqualTo(i < 700 ? new[] { SomeTree.Key(i) } : []));
            Assert.That(RangeProof.Verify(Tree.Hash, range, SomeTree.Pairs(leaves), proof));
            Assert.That(proof, Has.Length.LessThan(700));
        }
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    [TestCase(50)]
    public void Ranges_of_any_width_are_proved(int count)
    {
        var tree = SomeTree.Of(count);
        var random = new Random(count);
        for (var i = 0; i < 300; i++)
        {
            var edges = new[] { SomeHash(random, count), SomeHash(random, count) }.Order().ToArray();
            var range = new HashRange(edges[0], edges[1]);
            var proof = tree.Prove(range, out var leaves);

            Assert.That(leaves, Has.Count.EqualTo(
                Enumerable.Range(0, count).Count(k => range.Contains(Digest.OfBytes(SomeTree.Key(k))))));
            Assert.That(RangeProof.Verify(tree.Hash, range, SomeTree.Pairs(leaves), proof));
        }
    }

    [Test]
    public void A_proof_with_any_byte_changed_is_refused([Values(3, 699, 702, 1_399)] int key)
    {
        var range = HashRange.Of(SomeTree.Key(key));
        var proof = Tree.Prove(range, out var found);
        var leaves = SomeTree.Pairs(found);
        for (var i = 0; i < proof.Length; i++)
            for (var bit = 0; bit < 8; bit++)
            {
                var changed = (byte[])proof.Clone();
                changed[i] ^= (byte)(1 << bit);
                Assert.That(RangeProof.Verify(Tree.Hash, range, leaves, changed), Is.False, $"byte {i}");
            }
    }

    [Test]
    public void A_proof_of_a_range_with_any_byte_changed_is_refused()
    {
        var range = SomeRange(100);
        var proof = Tree.Prove(range, out var leaves);
        Assert.That(leaves, Has.Count.GreaterThan(10));
        for (var i = 0; i < proof.Length; i++)
        {
            var changed = (byte[])proof.Clone();
            changed[i] ^= 1;
            Assert.That(RangeProof.Verify(Tree.Hash, range, SomeTree.Pairs(leaves), changed), Is.False, $"byte {i}");
        }
    }

    [Test]
    public void A_proof_that_is_cut_or_goes_on_is_refused()
    {
        var range = HashRange.Of(SomeTree.Key(5));
        var proof = Tree.Prove(range, out var leaves);
        var pairs = SomeTree.Pairs(leaves);

        for (var length = 0; length < proof.Length; length++)
            Assert.That(RangeProof.Verify(Tree.Hash, range, pairs, proof.AsSpan(0, length)), Is.False);
        foreach (var extra in new byte[] { 0x00, 0x01, 0xc0, 0xc4 })
            Assert.That(RangeProof.Verify(Tree.Hash, range, pairs, [.. proof, extra]), Is.False);
    }

    [Test]
    public void A_leaf_left_out_changed_added_or_moved_is_refused()
    {
        var range = SomeRange(100);
        var proof = Tree.Prove(range, out var leaves);
        var pairs = SomeTree.Pairs(leaves);
        for (var i = 0; i < pairs.Length; i++)
        {
            Assert.That(RangeProof.Verify(Tree.Hash, range, [.. pairs[..i], .. pairs[(i + 1)..]], proof), Is.False);
            var other = pairs.ToArray();
            other[i] = (other[i].Key, Some.Digest(1));
            Assert.That(RangeProof.Verify(Tree.Hash, range, other, proof), Is.False);
        }
        Assert.That(RangeProof.Verify(Tree.Hash, range, [.. pairs, pairs[^1]], proof), Is.False, "twice");
        Assert.That(RangeProof.Verify(Tree.Hash, range, [.. pairs.Reverse()], proof), Is.False, "another order");
        (Digest, Digest) stranger = (HashRange.Last, Some.Digest(1));
        Assert.That(RangeProof.Verify(Tree.Hash, range, [.. pairs, stranger], proof), Is.False, "out of range");
    }

    [Test]
    public void A_proof_of_absence_does_not_hide_a_leaf()
    {
        // The absence of a neighbour's key says which leaf stands there; for that leaf's own key it says nothing.
        for (var i = 700; i < 900; i++)
        {
            var proof = Tree.Prove(HashRange.Of(SomeTree.Key(i)), out _);
            for (var k = 0; k < 700; k += 7)
                Assert.That(RangeProof.Verify(Tree.Hash, HashRange.Of(SomeTree.Key(k)), [], proof), Is.False);
        }
    }

    [Test]
    public void An_inner_node_cannot_pose_as_a_leaf()
    {
        // With one prefix for both, the halves of the root would pass for a key hash and a value hash (OZ#3091).
        var (left, right) = Halves(SomeTree.Of(2));
        Assert.That(Merkle.Node(left, right), Is.EqualTo(SomeTree.Of(2).Hash));

        Assert.That(RangeProof.Verify(SomeTree.Of(2).Hash, new(left, left), [(left, right)], [0]), Is.False);
    }

    [Test]
    public void A_proof_deeper_than_the_key_hash_is_refused()
    {
        // A branch below bit 255 would have to choose by a bit that is not there.
        var endless = Enumerable.Range(0, 300).SelectMany(_ => new byte[] { 1, 0xc0 }).ToArray();

        Assert.That(RangeProof.Verify(Tree.Hash, new(HashRange.Last, HashRange.Last), [], endless), Is.False);
        Assert.That(RangeProof.Verify(Tree.Hash, new(default, default), [], endless), Is.False);
    }

    [TestCase(10_000, 640)]
    public void Proofs_stay_small(int leaves, int bytes)
    {
        var tree = SomeTree.Of(leaves);
        var sizes = Enumerable.Range(0, 200).Select(i => tree.Prove(HashRange.Of(SomeTree.Key(i)), out _).Length);

        Assert.That(sizes.Average(), Is.LessThan(bytes));
    }

    [Test]
    public void Leaves_are_read_in_order_from_any_key_hash_on()
    {
        var all = Enumerable.Range(0, 700).Select(i => Digest.OfBytes(SomeTree.Key(i))).Order().ToList();
        foreach (var from in (Digest[])[default, all[0], all[3], Some.Digest(1), all[^1], HashRange.Last])
            Assert.That(RangeProof.Leaves(Tree.Read, Tree.Root, from).Select(l => l.KeyHash),
                Is.EqualTo(all.Where(h => h >= from)));
    }

    private static HashRange SomeRange(int number)
    {
        var hashes = Enumerable.Range(0, 700).Select(i => Digest.OfBytes(SomeTree.Key(i))).Order().ToList();
        return new(hashes[number], Some.Digest(77) > hashes[number] ? Some.Digest(77) : hashes[number + 40]);
    }

    private static Digest SomeHash(Random random, int keys) => random.Next(3) switch
    {
        0 => Digest.OfBytes(SomeTree.Key(random.Next(keys + 1))),
        1 => random.Next(2) == 0 ? default : HashRange.Last,
        _ => Digest.OfBytes(SomeTree.Key(random.Next())),
    };

    private static (Digest, Digest) Halves(SomeTree two)
    {
        var leaves = RangeProof.Leaves(two.Read, two.Root, default).ToList();
        var hashes = leaves.Select(l => l.Hash()).ToList();
        return leaves[0].KeyHash.Value.Bit(0) != leaves[1].KeyHash.Value.Bit(0)
            ? (hashes[0], hashes[1])
            : throw new InvalidOperationException("choose other leaves: these two share their first bit");
    }
}

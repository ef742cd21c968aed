using System.Diagnostics;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.State;
using Ledger.Consensus.Tree;
using Ledger.Node.Overlay;
using Ledger.Node.Sync;

namespace Ledger.Node.Tests.Consensus.Tree;

/// <summary>Sizes and times of the tree over accounts; by hand, for the documentation.</summary>
[Explicit("takes a minute and two gigabytes")]
public class TreeFigures
{
    [TestCase(4)]
    [TestCase(10_000)]
    [TestCase(1_000_000)]
    public void Proofs_updates_and_chunks(int accounts)
    {
        var watch = Stopwatch.StartNew();
        var tree = StateTree.Empty.Next(1, Enumerable.Range(0, accounts).Select(i => new LeafChange(Key(i), Value(1))));
        Say($"{accounts} accounts: all leaves", watch, 1);

        var keys = Enumerable.Range(0, 1_000).Select(i => Key(i * 7919 % accounts)).ToList();
        var proofs = keys.Select(HashRangeOf)
            .Select(range => (Range: range, Proof: tree.Prove(range, out var found), Leaves: found)).ToList();
        Say("prove", watch, 1_000);
        Assert.That(proofs.TrueForAll(p =>
            RangeProof.Verify(tree.Root, p.Range, SomeTree.Pairs(p.Leaves), p.Proof)));
        Say("verify", watch, 1_000);
        TestContext.Out.WriteLine($"  proof {proofs.Average(p => p.Proof.Length):0} bytes, at most "
            + $"{proofs.Max(p => p.Proof.Length)}");
        Assert.That(proofs.Max(p => p.Proof.Length), Is.LessThan(2_000));

        watch.Restart();
        for (ulong i = 0; i < 20; i++)
            tree.Next(2, Enumerable.Range(0, 200).Select(k => new LeafChange(Key(k * 7919 % accounts), Value(i + 2))));
        Say("update of 200 leaves", watch, 20);

        var (bytes, chunks, range) = (0L, 0, HashRange.All);
        for (; chunks < 40; chunks++)
        {
            var chunk = (WireMessage.Chunk)Serving.Chunk(new(1, range), tree);
            bytes += WireCodec.Encode(chunk).Length;
            if (chunk.Range.To == HashRange.Last)
                break;
            range = new(HashRange.After(chunk.Range.To), HashRange.Last);
        }
        Say($"chunk, {bytes / (chunks + 1)} bytes", watch, chunks + 1);
    }

    private static void Say(string what, Stopwatch watch, int times)
    {
        TestContext.Out.WriteLine($"  {what}: {watch.Elapsed.TotalMilliseconds / times:0.000} ms");
        watch.Restart();
    }

    private static HashRange HashRangeOf(byte[] key) => HashRange.Of(key);

    private static byte[] Key(int number) =>
        StateLeaves.KeyOf(new(PublicKey.From(Digest.OfBytes(BitConverter.GetBytes(number)).ToArray())));

    private static byte[] Value(ulong balance) => new Writer().Array(3).UInt(balance).UInt(0).UInt(7).ToArray();
}

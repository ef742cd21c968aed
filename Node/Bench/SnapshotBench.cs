using System.Diagnostics;
using System.Security.Cryptography;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.State;
using Ledger.Consensus.Tree;
using Ledger.Node.Overlay;
using Ledger.Node.Sync;

namespace Ledger.Node.Bench;

/// <summary>
/// How fast a state of many accounts is served in chunks with their proofs, and how fast a newcomer checks the chunks
/// and builds the state again; both on one core, without a network between them.
/// </summary>
internal static class SnapshotBench
{
    private const int Accounts = 100_000;

    private const ulong Height = 1;

    internal static IReadOnlyList<Figure> Run()
    {
        var changes = Enumerable.Range(0, Accounts).Select(Account).ToList();
        var tree = StateTree.Empty.Next(Height, changes);
        var (lane, serving, taking) = (new SnapshotLane(HashRange.All), new Stopwatch(), new Stopwatch());
        while (lane.IsOpen)
        {
            serving.Start();
            var sent = WireCodec.Encode(Serving.Chunk(lane.Ask(default, Height, nowMs: 0), tree));
            serving.Stop();
            taking.Start();
            if (!WireCodec.TryDecode(sent, out var received) || !lane.TryAdd((WireMessage.Chunk)received, tree.Root))
                throw new InvalidOperationException("a chunk of our own is refused");
            taking.Stop();
        }
        taking.Start();
        var rebuilt = StateTree.Empty.Next(Height, lane.Leaves.Select(l => new LeafChange(l.Key, l.Value)));
        taking.Stop();
        if (rebuilt.Root != tree.Root)
            throw new InvalidOperationException("the leaves of a snapshot give another state");
        var (megabytes, hashed) = (lane.Bytes / 1e6, HashSeconds(changes));
        return
        [
            Figure.Beside("consensus.snapshot.serve", megabytes / serving.Elapsed.TotalSeconds,
                $"MB/s of leaves, {Accounts} accounts, one core", "SHA-256 of the same leaves", megabytes / hashed),
            Figure.Beside("consensus.snapshot.take", megabytes / taking.Elapsed.TotalSeconds,
                "MB/s of leaves, checked and built again", "SHA-256 of the same leaves", megabytes / hashed),
        ];
    }

    // What cannot be avoided: each leaf is hashed once.
    private static double HashSeconds(List<LeafChange> leaves)
    {
        var clock = Stopwatch.StartNew();
        Span<byte> digest = stackalloc byte[Digest.Size];
        foreach (var (key, value) in leaves)
        {
            SHA256.HashData(key, digest);
            SHA256.HashData(value!, digest);
        }
        return clock.Elapsed.TotalSeconds;
    }

    private static LeafChange Account(int number)
    {
        var owner = PublicKey.From(Digest.OfBlob(BitConverter.GetBytes(number)).ToArray());
        return new(StateLeaves.KeyOf(new(owner)), new Writer().Array(3).UInt(1_000).UInt(0).UInt(7).ToArray());
    }
}

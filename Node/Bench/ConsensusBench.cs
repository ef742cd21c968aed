using System.Diagnostics;
using Ledger.Consensus.Crypto;
using Ledger.Node.Cli.Devnet;
using Ledger.Node.Http;
using Ledger.Node.Storage;

namespace Ledger.Node.Bench;

/// <summary>
/// What agreement costs: blocks a second and commit latency of 4, 7 and 16 validators, transfers a second, bytes and
/// disk syncs a height, how fast a newcomer catches up, and how near all this comes to what the machine allows.
/// </summary>
internal static class ConsensusBench
{
    // CometBFT 0.38 with its waits tuned away, 4 validators on a machine like the one this was written for.
    private const double CometBlocks = 33.9, CometMs = 59;
    private const string Comet = "CometBFT 0.38, tuned, 4 validators on 2 cores (not in this run)";

    private const int WarmUpSeconds = 3, Seconds = 15, Submissions = 100, SyncedWrites = 200, Signatures = 2_000;

    // Enough senders that none has more in the pool than one may, and an offer above what 2 cores can do.
    // The first of them are not counted: until then a node compiles itself.
    private const int Senders = 1_000, Offered = 60_000, Uncounted = 20_000, OfferedPerSecond = 5_000;

    internal static async IAsyncEnumerable<Figure> Run(
        DevnetPlan plan, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken stop)
    {
        foreach (var validators in (int[])[4, 7, 16])
            foreach (var figure in await Empty(plan, validators, stop))
                yield return figure;
        foreach (var figure in await Saturated(plan, stop))
            yield return figure;
        foreach (var figure in SnapshotBench.Run())
            yield return figure;
    }

    private static async Task<IReadOnlyList<Figure>> Empty(DevnetPlan plan, int validators, CancellationToken stop)
    {
        await using var network = await BenchNetwork.Start(plan, validators, [], stop);
        await Task.Delay(TimeSpan.FromSeconds(WarmUpSeconds), stop);
        var (before, clock) = (await Sum(network, stop), Stopwatch.StartNew());
        await Task.Delay(TimeSpan.FromSeconds(Seconds), stop);
        var (after, seconds) = (await Sum(network, stop), clock.Elapsed.TotalSeconds);
        var heights = (double)(after.Height - before.Height);
        var latencies = await Latencies(network.Nodes[0].Client, stop);
        var of = $"{validators} validators";
        List<Figure> figures =
        [
            validators == 4
                ? Figure.Beside($"consensus.blocks.{validators}", heights / seconds, $"empty blocks/s, {of}", Comet,
                    CometBlocks).Aiming(50)
                : Figure.Alone($"consensus.blocks.{validators}", heights / seconds, $"empty blocks/s, {of}")
                    .Aiming(validators == 16 ? 8 : null),
            validators == 4
                ? Figure.Beside($"consensus.commit.p50.{validators}", Percentile(latencies, 50), "ms", Comet, CometMs)
                    .Below(40)
                : Figure.Alone($"consensus.commit.p50.{validators}", Percentile(latencies, 50), "ms"),
            Figure.Alone($"consensus.commit.p99.{validators}", Percentile(latencies, 99), "ms"),
            Figure.Alone($"consensus.bytes.{validators}", (after.Bytes - before.Bytes) / heights / validators,
                "bytes sent a height and node"),
            Figure.Alone($"consensus.syncs.{validators}", (after.Syncs - before.Syncs) / heights / validators,
                "disk syncs a height and node"),
        ];
        figures.Add(Figure.Beside($"consensus.cpu-limit.{validators}", heights / seconds, $"empty blocks/s, {of}",
            $"signature checks alone, {Messages(validators)} a height on two cores",
            2 / (Messages(validators) * VerifySeconds(validators))));
        if (validators == 4)
        {
            figures.Add(Figure.Beside("consensus.disk-limit.4", heights / seconds, "empty blocks/s, 4 validators",
                "synced 512-byte writes, three a height", SyncsPerSecond(network.Directory) / 3));
            figures.Add(await CatchUp(network, stop));
        }
        return figures;
    }

    private static async Task<IReadOnlyList<Figure>> Saturated(DevnetPlan plan, CancellationToken stop)
    {
        using var load = new TransferLoad(Senders);
        await using var network = await BenchNetwork.Start(plan, 4, load.Accounts, stop);
        var transfers = load.Sign(network.Genesis.Digest(), Offered);
        await Include(network, transfers[..Uncounted], stop);
        var (first, clock) = ((await BenchNetwork.Status(network.Nodes[0], stop)).Height, Stopwatch.StartNew());
        var taken = await Include(network, transfers[Uncounted..], stop);
        var seconds = clock.Elapsed.TotalSeconds;
        var heights = (await BenchNetwork.Status(network.Nodes[0], stop)).Height - first;
        return
        [
            Figure.Beside("consensus.transfers", taken / seconds, "signed transfers/s, 4 validators",
                "Neo 3, 4 nodes on a machine like this (not in this run)", 830).Aiming(4_000),
            Figure.Alone("consensus.blocks.saturated", heights / seconds, "blocks/s while saturated, 4 validators"),
        ];
    }

    private static async Task<int> Include(BenchNetwork network, List<byte[]> transfers, CancellationToken stop)
    {
        var taken = await TransferLoad.Offer(
            [.. network.Nodes.Select(n => n.Client)], transfers, OfferedPerSecond, stop);
        while ((await BenchNetwork.Status(network.Nodes[0], stop)).PoolTransactions > 0)
            await Task.Delay(TimeSpan.FromMilliseconds(100), stop);
        return taken;
    }

    private static async Task<Figure> CatchUp(BenchNetwork network, CancellationToken stop)
    {
        var target = (await BenchNetwork.Status(network.Nodes[0], stop)).Height;
        var clock = Stopwatch.StartNew();
        var late = await network.Join(stop);
        while ((await BenchNetwork.Status(late, stop)).Height < target)
            await Task.Delay(TimeSpan.FromMilliseconds(50), stop);
        return Figure.Alone("consensus.catch-up", target / clock.Elapsed.TotalSeconds,
            $"blocks/s from the start of the process, {target} blocks, beside 4 busy validators");
    }

    private static async Task<(ulong Height, double Bytes, double Syncs)> Sum(
        BenchNetwork network, CancellationToken stop)
    {
        var all = new List<StatusView>();
        foreach (var node in network.Nodes)
            all.Add(await BenchNetwork.Status(node, stop));
        return (all.Max(s => s.Height), all.Sum(s => (double)s.BytesOut), all.Sum(s => (double)s.Syncs));
    }

    // From the request to the answer that it is in a block, one after another.
    private static async Task<List<double>> Latencies(NodeClient node, CancellationToken stop)
    {
        var to = (await node.Get<StatusView>("status", stop)).Address;
        var latencies = new List<double>();
        for (var i = 0; i < Submissions; i++)
        {
            var clock = Stopwatch.StartNew();
            await node.Submit(new TransactionRequest("transfer", to, 1, 1), stop);
            latencies.Add(clock.Elapsed.TotalMilliseconds);
        }
        latencies.Sort();
        return latencies;
    }

    private static double Percentile(List<double> sorted, int percent) =>
        sorted[Math.Min(sorted.Count - 1, sorted.Count * percent / 100)];

    // Everybody hears one proposal and two votes of everybody else.
    private static int Messages(int validators) => validators * (2 * (validators - 1) + 1);

    // Each signature is checked once: what was found good is remembered.
    private static double VerifySeconds(int salt)
    {
        using var key = Simulation.World.KeyOf(0);
        var signed = Enumerable.Range(0, Signatures)
            .Select(i => Digest.OfBlob(BitConverter.GetBytes((long)salt << 32 | (uint)i)))
            .Select(message => (Message: message, Signature: key.Sign(message))).ToList();
        var clock = Stopwatch.StartNew();
        foreach (var (message, signature) in signed)
            key.PublicKey.Verify(message, signature);
        return clock.Elapsed.TotalSeconds / Signatures;
    }

    private static double SyncsPerSecond(string directory)
    {
        using var file = DiskFile.Open(Path.Combine(directory, "syncs"));
        var record = new byte[512];
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < SyncedWrites; i++)
        {
            file.Write(record, 512 * (i % 64));
            file.Sync();
        }
        return SyncedWrites / clock.Elapsed.TotalSeconds;
    }
}

using System.Diagnostics;
using Ledger.Consensus.Chain;
using Ledger.Node.Cli;
using Ledger.Node.Cli.Devnet;
using Ledger.Node.Http;
using Ledger.Node.Storage;

namespace Ledger.Node.Bench;

/// <summary>
/// Empty blocks a second of four real nodes that never wait between blocks, beside what the disk allows: a height needs
/// three synced writes of each node, one after the other (proposal or prevote, precommit, block).
/// </summary>
internal static class BlocksBench
{
    private const int Nodes = 4, WarmUpSeconds = 2, Seconds = 8, SyncedWrites = 200, SyncsAHeight = 3;

    internal static async Task<Figure> Run(DevnetPlan plan, CancellationToken stop)
    {
        var nodes = new List<DevnetNode>();
        try
        {
            Start(plan, nodes);
            foreach (var node in nodes)
                await Answer(node, stop);
            await Task.Delay(TimeSpan.FromSeconds(WarmUpSeconds), stop);
            var (first, clock) = (await Height(nodes[0], stop), Stopwatch.StartNew());
            await Task.Delay(TimeSpan.FromSeconds(Seconds), stop);
            var rate = (await Height(nodes[0], stop) - first) / clock.Elapsed.TotalSeconds;
            return Figure.Beside("blocks.empty", rate, "blocks/s, 4 nodes",
                "synced 200-byte appends to a file, three a height", SyncsPerSecond(plan.Directory) / SyncsAHeight);
        }
        finally
        {
            foreach (var node in nodes)
                await node.DisposeAsync();
        }
    }

    private static void Start(DevnetPlan plan, List<DevnetNode> nodes)
    {
        var addresses = new List<Address>();
        foreach (var port in FreePorts.Take(Nodes))
        {
            using var key = KeysNewCommand.Fresh();
            addresses.Add(new(key.PublicKey));
            nodes.Add(new(nodes.Count, plan.Directory, key, port));
        }
        var path = Path.Combine(plan.Directory, "genesis.json");
        File.WriteAllText(path, GenesisFile.Format(new()
        {
            Name = "bench",
            Time = (ulong)TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() * 1000,
            Parameters = new() { BlockInterval = 0, EmptyBlockInterval = 0 },
            Validators = [.. addresses.Select(address => new GenesisValidator(address, 10_000))],
            Accounts = [],
            Tasks = [],
            Peers = [.. nodes.Select(node => node.Peer)],
        }));
        nodes.ForEach(node => node.Start(plan, path));
    }

    private static async Task Answer(DevnetNode node, CancellationToken stop)
    {
        while (!File.Exists(ApiSocket.PathIn(node.Home)))
        {
            node.RequireAlive();
            await Task.Delay(TimeSpan.FromMilliseconds(100), stop);
        }
    }

    private static async Task<ulong> Height(DevnetNode node, CancellationToken stop) =>
        (await node.Client.Get<StatusView>("status", stop)).Height;

    private static double SyncsPerSecond(string directory)
    {
        using var log = RecordLog.Open(Path.Combine(directory, "syncs"), out _);
        var record = new byte[200];
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < SyncedWrites; i++)
        {
            log.Append(record);
            log.Sync();
        }
        return SyncedWrites / clock.Elapsed.TotalSeconds;
    }
}

using Ledger.Consensus.Chain;
using Ledger.Node.Cli;
using Ledger.Node.Cli.Devnet;
using Ledger.Node.Http;

namespace Ledger.Node.Bench;

/// <summary>Validators as real processes that never wait between blocks, on disks that really sync.</summary>
internal sealed class BenchNetwork : IAsyncDisposable
{
    private readonly DevnetPlan plan;
    private readonly string genesis;
    private readonly List<DevnetNode> nodes = [];

    private BenchNetwork(DevnetPlan plan, string directory)
    {
        Directory = directory;
        this.plan = plan with { Directory = directory };
        genesis = Path.Combine(directory, "genesis.json");
    }

    internal IReadOnlyList<DevnetNode> Nodes => nodes;

    internal Genesis Genesis { get; private set; } = null!;

    internal string Directory { get; }

    /// <summary>Starts so many validators with equal stakes, and returns when all of them answer.</summary>
    internal static async Task<BenchNetwork> Start(
        DevnetPlan plan, int validators, IEnumerable<GenesisAccount> accounts, CancellationToken stop)
    {
        var directory = Path.Combine(plan.Directory, $"v{validators}-{Path.GetRandomFileName()}");
        System.IO.Directory.CreateDirectory(directory);
        var network = new BenchNetwork(plan, directory);
        network.Make(validators, accounts);
        foreach (var node in network.nodes)
            node.Start(network.plan, network.genesis);
        foreach (var node in network.nodes)
            await Answer(node, stop);
        return network;
    }

    /// <summary>Starts one more that only follows.</summary>
    internal async Task<DevnetNode> Join(CancellationToken stop)
    {
        using var key = KeysNewCommand.Fresh();
        var late = new DevnetNode(nodes.Count, Directory, key, FreePorts.Take(1).Single());
        nodes.Add(late);
        late.Start(plan, genesis);
        await Answer(late, stop);
        return late;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in nodes)
            await node.DisposeAsync();
    }

    internal static Task<StatusView> Status(DevnetNode node, CancellationToken stop) =>
        node.Client.Get<StatusView>("status", stop);

    private void Make(int validators, IEnumerable<GenesisAccount> accounts)
    {
        var addresses = new List<Address>();
        foreach (var port in FreePorts.Take(validators))
        {
            using var key = KeysNewCommand.Fresh();
            addresses.Add(new(key.PublicKey));
            nodes.Add(new(nodes.Count, Directory, key, port));
        }
        Genesis = new()
        {
            Name = "bench",
            Time = (ulong)TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() * 1000,
            Parameters = new() { BlockInterval = 0, EmptyBlockInterval = 0 },
            Validators = [.. addresses.Select(address => new GenesisValidator(address, 10_000))],
            Accounts = [.. addresses.Select(address => new GenesisAccount(address, 1_000_000)), .. accounts],
            Tasks = [],
            Peers = [.. nodes.Select(node => node.Peer)],
        };
        File.WriteAllText(genesis, GenesisFile.Format(Genesis));
    }

    private static async Task Answer(DevnetNode node, CancellationToken stop)
    {
        while (!File.Exists(ApiSocket.PathIn(node.Home)))
        {
            node.RequireAlive();
            await Task.Delay(TimeSpan.FromMilliseconds(100), stop);
        }
    }
}

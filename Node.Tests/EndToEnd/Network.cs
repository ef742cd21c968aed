using System.Diagnostics;
using System.Text.RegularExpressions;
using Ledger.Node.Bench;
using Ledger.Node.Cli;
using Ledger.Node.Cli.Devnet;
using Ledger.Node.Tests.Learning;

namespace Ledger.Node.Tests.EndToEnd;

/// <summary>A network made as a person makes one: keys, a genesis file, and a process for each node. All of it goes
/// when this does.</summary>
internal sealed partial class Network : IAsyncDisposable
{
    private const string Stake = "10000", Balance = "1000000";
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    private readonly TemporaryFolder folder = new();
    private readonly List<NodeProcess> nodes = [];

    private Network() => Genesis = Path.Combine(folder.Path, "genesis.json");

    internal string Genesis { get; }

    internal IReadOnlyList<NodeProcess> Nodes => nodes;

    internal string File(string name) => Path.Combine(folder.Path, name);

    /// <summary>So many validators that do not run yet.</summary>
    internal static async Task<Network> Of(int validators, int rounds = 1)
    {
        var network = new Network();
        await network.Prepare(validators, rounds, []);
        return network;
    }

    /// <summary>So many validators that run and know each other, with digits as their task.</summary>
    internal static async Task<Network> Start(int validators, int rounds, params string[] recipe)
    {
        var network = new Network();
        var started = false;
        try
        {
            await network.Prepare(validators, rounds, recipe);
            foreach (var node in network.nodes)
                await network.Start(node);
            await network.Until(async () => (await network.nodes[^1].Status()).Height >= 2, 60, "blocks are made");
            started = true;
            return network;
        }
        finally
        {
            if (!started)
                await network.DisposeAsync();
        }
    }

    /// <summary>The same, but they reach each other only through a relay, by all its paths.</summary>
    internal static async Task<(Network Network, UdpRelay Relay)> StartApart(int validators, int rounds, RelayPath path)
    {
        var network = new Network();
        UdpRelay? relay = null;
        var started = false;
        try
        {
            await network.Prepare(validators, rounds, []);
            var places = FreePorts.Take(validators);
            relay = new(places, path, seed: 7);
            for (var i = 0; i < validators; i++)
            {
                var (me, all) = (i, relay);
                network.nodes[i].Listen = places[i].ToString();
                await network.nodes[i].Start(network.Genesis, [.. Enumerable.Range(0, validators).Where(n => n != me)
                    .Select(n => $"{KeyFile.PeerOf(network.nodes[n].Key())}@{all.Front(n)}")]);
            }
            await network.Until(async () => (await network.nodes[^1].Status()).Height >= 2, 60, "blocks are made");
            started = true;
            return (network, relay);
        }
        finally
        {
            if (!started)
            {
                relay?.Dispose();
                await network.DisposeAsync();
            }
        }
    }

    /// <summary>A home with a fresh key, which does not run yet.</summary>
    internal async Task<NodeProcess> Join()
    {
        var node = await NodeProcess.New(File($"n{nodes.Count}"));
        nodes.Add(node);
        return node;
    }

    /// <summary>Starts a node with the address of one peer: the first of the others that has run.</summary>
    internal Task Start(NodeProcess node) => node.Start(Genesis,
        [.. nodes.Where(other => other != node && other.Peer.Length > 0).Take(1).Select(other => other.Peer)]);

    /// <summary>Each of the first so many nodes adds its part of the digits, by the command line.</summary>
    internal async Task AddDigits(int contributors, int parts)
    {
        foreach (var i in Enumerable.Range(0, contributors))
            (await nodes[i].Json("shard", "add", "digits", "--part", $"{i + 1}/{parts}")).GetProperty("height");
    }

    /// <summary>Waits for what must come; where it does not, the ends of all logs say why.</summary>
    internal async Task Until(Func<Task<bool>> condition, int seconds, string what)
    {
        var clock = Stopwatch.StartNew();
        while (!await condition())
        {
            if (clock.Elapsed.TotalSeconds > seconds)
                Assert.Fail($"waited {seconds} s until {what}\n{string.Join('\n', nodes.Select(TailOf))}");
            await Task.Delay(Interval);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in nodes)
            await node.DisposeAsync();
        folder.Dispose();
    }

    private async Task Prepare(int validators, int rounds, string[] recipe)
    {
        for (var i = 0; i < validators; i++)
            await Join();
        await WriteGenesis(rounds, recipe);
    }

    private async Task WriteGenesis(int rounds, string[] recipe)
    {
        string[] people = [.. nodes.SelectMany(node => (string[])
            ["--validator", $"{node.Address}={Stake}", "--account", $"{node.Address}={Balance}"])];
        (await LedgerProgram.Run(["genesis", "new", "--chain-id", "e2e", "--data", "digits",
            "--rounds", $"{rounds}", "-o", Genesis, "--json", .. people, .. recipe])).Json();
        // A round waits as long for the dead; tests have less patience than hospitals.
        var text = await System.IO.File.ReadAllTextAsync(Genesis);
        await System.IO.File.WriteAllTextAsync(Genesis, Window().Replace(text, "-window-ms\": 8000"));
    }

    private static string TailOf(NodeProcess node) => $"{node.Home}:\n  {string.Join("\n  ", node.Logged.TakeLast(8))}";

    [GeneratedRegex("-window-ms\": \\d+")]
    private static partial Regex Window();
}

using System.Net;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.State;
using Ledger.Learning.Aggregation;
using Ledger.Learning.Data;
using Ledger.Learning.Recipes;
using Ledger.Node.Host;
using Ledger.Node.Training;

namespace Ledger.Node.Tests.Host;

/// <summary>Real nodes in this process, on loopback ports the system chooses, with homes that go with them.</summary>
internal sealed class Testnet : IAsyncDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("ledger-test-").FullName;
    private readonly List<(PeerId, IPEndPoint)> known = [];

    internal Testnet(int validators, int tasks, int rounds = 3, int? contributors = null)
    {
        Source = Ledger.Learning.Data.Source.Digits();
        Recipe = new()
        {
            Model = new("mlp"),
            Schema = Schema.Infer([Source], "label"),
            LearningRate = 0.1,
            Momentum = 0.9,
            BatchSize = 16,
            LocalEpochs = 5,
            Seed = 1,
        };
        Genesis = new()
        {
            Name = "test",
            Time = 1_700_000_000_000,
            Parameters = new(),
            Validators = [.. Enumerable.Range(0, validators).Select(i => new GenesisValidator(AddressOf(i), 10_000))],
            Accounts = [.. Enumerable.Range(0, 10).Select(i => new GenesisAccount(AddressOf(i), 1_000_000))],
            Tasks =
            [
                .. Enumerable.Range(0, tasks)
                    .Select(i => new GenesisTask(AddressOf(0), Spec($"task {i}", rounds, contributors ?? validators))),
            ],
            Peers = [],
        };
    }

    internal Genesis Genesis { get; }

    internal Source Source { get; }

    internal Recipe Recipe { get; }

    internal List<NodeHost> Nodes { get; } = [];

    internal static Address AddressOf(int number) => new(Some.Key(1 + number).PublicKey);

    /// <summary>The stake of one key to another, which consents.</summary>
    internal Payload Rotation(int from, int to) => new Payload.RotateKey(AddressOf(to), Some.Key(1 + to).Sign(
        KeyRotations.ConsentDigest(FirstState.From(Genesis).ChainId, AddressOf(from), AddressOf(to))));

    internal async Task Stop(NodeHost node)
    {
        Nodes.Remove(node);
        await node.DisposeAsync();
    }

    /// <summary>Whether all nodes that run have finished the task and agree on its parameters.</summary>
    internal bool AllFinished(Digest task, int evaluations) =>
        Nodes.Select(n => n.Snapshot.State.Tasks[task]).All(t =>
            t.Round.Phase == Phase.Finished && t.Results[^1].Evaluations.Count >= evaluations)
        && Nodes.Select(n => n.Snapshot.State.Tasks[task].Results[^1].Parameters).Distinct().Count() == 1;

    internal NodeHost Start(int number) => Start(number, home: number, known);

    /// <summary>Starts a node with the key of one number in the home of another.</summary>
    internal NodeHost Start(int number, int home) => Start(number, home, known);

    /// <summary>Starts a node to which nobody has named a peer.</summary>
    internal NodeHost StartAlone(int number) => Start(number, home: number, []);

    private NodeHost Start(int number, int home, IEnumerable<(PeerId, IPEndPoint)> peers)
    {
        var node = NodeHost.Start(new()
        {
            Home = HomeOf(home),
            Genesis = Genesis,
            Key = Some.Key(1 + number),
            Listen = new(IPAddress.Loopback, 0),
            Peers = [.. peers],
            Threads = 1 + number % 2,
            NewGuard = true,
        });
        known.Add((node.Snapshot.PeerId, node.Snapshot.Listen));
        Nodes.Add(node);
        return node;
    }

    /// <summary>How long the nodes' vote logs are.</summary>
    internal IEnumerable<long> LogBytes() => Directory.GetDirectories(directory)
        .Select(home => new FileInfo(Path.Combine(home, "votes.log"))).Where(f => f.Exists).Select(f => f.Length);

    /// <summary>Copies the home of a running node as a crash would leave it: chain and log of one moment.</summary>
    internal void Copy(int from, int to)
    {
        var (log, before, after) = (HomeOf(from) + "/votes.log", directory + "/before", directory + "/after");
        do
        {
            if (Directory.Exists(HomeOf(to)))
                Directory.Delete(HomeOf(to), recursive: true);
            Shell("cp", log, before);
            Shell("cp", "-r", HomeOf(from), HomeOf(to));
            Shell("cp", log, after);
        }
        while (!File.ReadAllBytes(before).AsSpan().SequenceEqual(File.ReadAllBytes(after)));
    }

    /// <summary>Puts the chain of one home in the place of another's, whose key and sign guard stay.</summary>
    internal void ReplaceChain(int from, int to)
    {
        Directory.Delete(HomeOf(to) + "/chain", recursive: true);
        Shell("cp", "-r", HomeOf(from) + "/chain", HomeOf(to));
    }

    /// <summary>Makes a node forget whom it has met.</summary>
    internal void ForgetPeers(int number) => File.Delete(HomeOf(number) + "/peers");

    internal string HomeOf(int number) => Path.Combine(directory, $"node{number}");

    // The locks of .NET are in the way of its own copying.
    private static void Shell(string command, params string[] arguments)
    {
        using var process = System.Diagnostics.Process.Start(command, arguments);
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero);
    }

    /// <summary>The part of the digits that falls to one of so many nodes, a fifth of it held out.</summary>
    internal byte[] ShardOf(int number, int parts)
    {
        var all = Recipe.Schema.Encode(Source);
        var rows = Splits.Parse("iid").Deal(all.Labels, parts, seed: 7)[number];
        var stream = new MemoryStream();
        Ledger.Learning.Data.Shard.Of(all.Take(rows), seed: (ulong)number).Write(stream);
        return stream.ToArray();
    }

    internal static async Task Until(Func<bool> condition, int seconds, string what)
    {
        var deadline = TimeProvider.System.GetTimestamp() + seconds * TimeProvider.System.TimestampFrequency;
        while (!condition())
        {
            Assert.That(TimeProvider.System.GetTimestamp(), Is.LessThan(deadline), $"waited {seconds} s until {what}");
            await Task.Delay(20);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in Nodes)
            await node.DisposeAsync();
        Directory.Delete(directory, recursive: true);
    }

    private TaskSpec Spec(string name, int rounds, int contributors)
    {
        var architecture = Recipe.Model.ArchitectureFor(Recipe.Schema);
        return new()
        {
            Name = name,
            Recipe = Recipe.ToJson(),
            Model = TaskCatalog.ModelId(architecture),
            Parameters = Digest.OfBlob(Parameters.Encode(UniformInitial.Parameters(Recipe.Seed, architecture.Shapes))),
            Exponent = (uint)Recipe.UpdateExponent,
            Rounds = (uint)rounds,
            Reward = 1_000,
            Deposit = 10,
            MinContributors = (uint)contributors,
            Committee = 3,
            CommitWindow = 20_000,
            RevealWindow = 5_000,
            AttestWindow = 5_000,
        };
    }
}

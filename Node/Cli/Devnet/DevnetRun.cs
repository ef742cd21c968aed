using System.Diagnostics;
using System.Text;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Node.Http;

namespace Ledger.Node.Cli.Devnet;

/// <summary>The course of a devnet: processes, shards, rounds, and the comparison of what every node holds.</summary>
internal sealed class DevnetRun(DevnetPlan plan, RoundTable table) : IAsyncDisposable
{
    private const ulong Stake = 10_000;
    private const ulong Balance = 1_000_000;
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);

    // The last evaluations are in blocks after the last round; whoever does not send one is not waited for.
    private static readonly TimeSpan EvaluationTimeout = TimeSpan.FromSeconds(15);

    // Far longer than any timeout of a height here: whoever makes no block for so long never will.
    private static readonly TimeSpan StallTimeout = TimeSpan.FromSeconds(90);

    private readonly List<DevnetNode> nodes = [];
    private readonly Stopwatch clock = Stopwatch.StartNew();

    internal async Task<DevnetSummary> Run(CancellationToken stop)
    {
        Start();
        foreach (var node in nodes)
            await Answer(node, stop);
        var id = (await nodes[0].Client.Get<TaskSummary[]>("tasks", stop))[0].Id;
        await Task.WhenAll(nodes.Select((node, i) => AddShard(node, id, plan.Shards[i], stop)));
        await table.Follow(update => Follow(id, update, stop));
        return await Summarise(id, stop);
    }

    /// <summary>The blob of the canonical parameters, as the first node holds it.</summary>
    internal Task<byte[]> Joint(DevnetSummary summary, CancellationToken stop) =>
        nodes[0].Client.Blob(summary.PerNode[0].Parameters, stop);

    public async ValueTask DisposeAsync() => await Task.WhenAll(nodes.Select(node => node.DisposeAsync().AsTask()));

    private void Start()
    {
        var ports = FreePorts.Take(plan.Nodes);
        var addresses = new List<Address>();
        for (var i = 0; i < plan.Nodes; i++)
        {
            using var key = KeysNewCommand.Fresh();
            addresses.Add(new(key.PublicKey));
            nodes.Add(new(i, plan.Directory, key, ports[i]));
        }
        var path = Path.Combine(plan.Directory, "genesis.json");
        File.WriteAllBytes(path, Encoding.UTF8.GetBytes(GenesisFile.Format(GenesisOf(addresses))));
        foreach (var node in nodes)
            node.Start(plan, path);
    }

    private Genesis GenesisOf(List<Address> addresses) => GenesisText.AsRead(new()
    {
        Name = "devnet",
        Time = (ulong)TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(),
        Parameters = new(),
        Validators = [.. addresses.Select(address => new GenesisValidator(address, Stake))],
        Accounts = [.. addresses.Select(address => new GenesisAccount(address, Balance))],
        Tasks = [plan.Task with { Owner = addresses[0] }],
        Peers = [.. nodes.Select(node => node.Peer)],
    });

    // A process needs a moment before its socket is there.
    private async Task Answer(DevnetNode node, CancellationToken stop)
    {
        var since = clock.Elapsed;
        while (!File.Exists(ApiSocket.PathIn(node.Home)))
        {
            node.RequireAlive();
            if (clock.Elapsed - since > StartTimeout)
                throw new OperatorException($"node {node.Number} does not answer",
                    "run again with --keep to look at its log");
            await Task.Delay(PollInterval, stop);
        }
        await Ask<StatusView>(node, "status", stop);
    }

    private static async Task AddShard(
        DevnetNode node, string task, (string Source, Learning.Data.Shard Shard) shard, CancellationToken stop)
    {
        var submission = await node.Client.AddShard(task, new(shard.Source, ""), ShardBytes.Of(shard.Shard), stop);
        if (submission.Refused is { } rule)
            throw new OperatorException($"the shard of node {node.Number} was refused: {rule}",
                "look at its log with --keep");
    }

    private async Task Follow(string id, Action<IEnumerable<RoundRow>, string> update, CancellationToken stop)
    {
        var meter = new RoundMeter();
        TimeSpan? finished = null;
        var newest = (Height: 0UL, Since: clock.Elapsed);
        while (true)
        {
            nodes.ForEach(node => node.RequireAlive());
            newest = RequireProgress(newest, (await Ask<StatusView>(nodes[0], "status", stop)).Height);
            var task = await Ask<TaskView>(nodes[0], $"tasks/{id}?from={meter.From}", stop);
            var rows = meter.Observe(task, await BytesSent(stop), clock.Elapsed);
            update(rows, $"round {Math.Min(task.Round, task.Rounds)} of {task.Rounds}: {task.Phase}");
            if (task.Phase == "finished")
                finished ??= clock.Elapsed;
            if (finished is { } since && (IsEvaluated(task) || clock.Elapsed - since > EvaluationTimeout))
                return;
            await Task.Delay(PollInterval, stop);
        }
    }

    private (ulong Height, TimeSpan Since) RequireProgress((ulong Height, TimeSpan Since) newest, ulong height)
    {
        if (height > newest.Height)
            return (height, clock.Elapsed);
        return clock.Elapsed - newest.Since <= StallTimeout
            ? newest
            : throw new OperatorException(
                $"no block after height {height} for {StallTimeout.TotalSeconds:0} s", "look at the logs with --keep");
    }

    private static bool IsEvaluated(TaskView task) => task.Results[^1].Evaluations.Count >= task.Contributors.Count;

    private async Task<ulong> BytesSent(CancellationToken stop)
    {
        var sum = 0UL;
        foreach (var node in nodes)
            sum += (await Ask<StatusView>(node, "status", stop)).BytesOut;
        return sum;
    }

    // Where a node does not answer because it died, its log says more than the broken connection.
    private static async Task<T> Ask<T>(DevnetNode node, string path, CancellationToken stop)
    {
        try
        {
            return await node.Client.Get<T>(path, stop);
        }
        catch (OperatorException)
        {
            await Task.Delay(PollInterval, stop);
            node.RequireAlive();
            throw;
        }
    }

    private async Task<DevnetSummary> Summarise(string id, CancellationToken stop)
    {
        var task = await Ask<TaskView>(nodes[0], $"tasks/{id}", stop);
        var perNode = new List<DevnetNodeView>();
        foreach (var node in nodes)
            perNode.Add(await Examine(node, id, task.Results.Count, stop));
        var agree = perNode.All(node => node.Parameters == task.Parameters);
        var sent = perNode.Aggregate(0UL, (sum, node) => sum + node.BytesOut);
        var rounds = (uint)task.Results.Count - 1;
        return new(nodes.Count, rounds, perNode.Max(node => node.Height), agree ? task.Parameters : null, agree,
            task.Results[0].Accuracy, task.Results[^1].Accuracy, Math.Round(clock.Elapsed.TotalSeconds, 1),
            sent / rounds, perNode, AttackOf(task, perNode), EndedEarly: rounds < task.Rounds);
    }

    private DevnetAttackView? AttackOf(TaskView task, List<DevnetNodeView> perNode)
    {
        if (plan.Attack is not { } attack)
            return null;
        var liars = perNode.Where(node => plan.IsAttacker(node.Node)).Select(node => node.Address).ToHashSet();
        var paid = task.Results.SelectMany(result => result.Paid).ToList();
        var theirs = paid.Where(payment => liars.Contains(payment.Contributor)).ToList();
        return new(attack.Attack.Name, liars.Count, theirs.Count(payment => payment.IsTaken), theirs.Count,
            Sum(theirs), Sum(paid));

        static ulong Sum(IEnumerable<PaymentView> payments) =>
            payments.Aggregate(0UL, (sum, payment) => sum + payment.Reward);
    }

    // A node may be a block behind the first; what it says before it has seen the last round would compare apples.
    private async Task<DevnetNodeView> Examine(DevnetNode node, string id, int results, CancellationToken stop)
    {
        var since = clock.Elapsed;
        var task = await Ask<TaskView>(node, $"tasks/{id}", stop);
        while (task.Results.Count < results && clock.Elapsed - since < EvaluationTimeout)
        {
            await Task.Delay(PollInterval, stop);
            task = await Ask<TaskView>(node, $"tasks/{id}", stop);
        }
        var status = await Ask<StatusView>(node, "status", stop);
        var blob = await node.Client.Blob(task.Parameters, stop);
        var own = task.Results[^1].Evaluations.FirstOrDefault(each => each.Contributor == status.Address);
        var shard = plan.Shards[node.Number].Shard;
        return new(node.Number, status.Address, status.Peer, status.Height, shard.Training.Rows,
            shard.Validation.Rows, shard.HeldOut.Rows, own?.Correct ?? 0, own?.Total ?? 0,
            own is null ? null : (double)own.Correct / own.Total, status.BytesIn, status.BytesOut,
            Digest.OfBlob(blob).ToString());
    }
}

using Ledger.Consensus.State;

namespace Ledger.Node.Tests.Host;

/// <summary>Four whole nodes with their real engines: RocksDB, UDP, libsecp256k1, libtorch.</summary>
public class FourNodesTests
{
    [Test, CancelAfter(120_000)]
    public async Task Four_nodes_agree_on_blocks_and_train_one_model()
    {
        await using var net = new Testnet(validators: 4, tasks: 1);
        for (var i = 0; i < 4; i++)
            net.Start(i);
        await Testnet.Until(() => net.Nodes.All(n => n.Snapshot.State.Height >= 3), 20, "all have three blocks");

        var task = net.Nodes[0].Snapshot.State.Tasks.Keys.Single();
        for (var i = 0; i < 4; i++)
            await net.Nodes[i].AddShard(task, new("digits", ""), net.ShardOf(i, 4), CancellationToken.None);
        await Testnet.Until(
            () => net.Nodes.All(n => n.Snapshot.State.Tasks[task] is { Round.Phase: Phase.Finished } done
                && done.Results[^1].Evaluations.Count == 4), 90, "all rounds are done");

        var results = net.Nodes.Select(n => n.Snapshot.State.Tasks[task].Results[^1]).ToList();
        Assert.That(results.Select(r => r.Parameters).Distinct().Count(), Is.EqualTo(1));
        Assert.That(results[0].Paid, Has.Length.EqualTo(4));
        Assert.That(net.Nodes.All(n => n.Blob(results[0].Parameters) is not null));
        foreach (var r in net.Nodes[0].Snapshot.State.Tasks[task].Results)
            TestContext.Out.WriteLine($"round {r.Number}: height {r.Height}, "
                + $"{r.Evaluations.Values.Sum(e => e.Correct)} of {r.Evaluations.Values.Sum(e => e.Total)}");
    }

    [Test, CancelAfter(120_000)]
    public async Task A_node_that_was_away_catches_up_and_the_others_did_not_wait_for_it()
    {
        await using var net = new Testnet(validators: 4, tasks: 1, rounds: 6);
        for (var i = 0; i < 4; i++)
            net.Start(i);
        await Testnet.Until(() => net.Nodes.All(n => n.Snapshot.State.Height >= 2), 20, "all have two blocks");
        var task = net.Nodes[0].Snapshot.State.Tasks.Keys.Single();
        for (var i = 0; i < 4; i++)
            await net.Nodes[i].AddShard(task, new("digits", ""), net.ShardOf(i, 4), CancellationToken.None);
        await Testnet.Until(() => net.Nodes[0].Snapshot.State.Tasks[task].Round.Number >= 3, 60, "two rounds are done");

        await net.Stop(net.Nodes[2]);
        await Testnet.Until(
            () => net.Nodes[0].Snapshot.State.Tasks[task].Round.Number >= 4, 60, "a round goes on without it");
        net.Start(2);

        await Testnet.Until(() => net.AllFinished(task, evaluations: 4), 90, "all four have finished");
    }

    [Test, CancelAfter(120_000)]
    public async Task A_fifth_node_that_joins_late_verifies_the_chain_and_contributes()
    {
        await using var net = new Testnet(validators: 4, tasks: 1, rounds: 8);
        for (var i = 0; i < 4; i++)
            net.Start(i);
        await Testnet.Until(() => net.Nodes.All(n => n.Snapshot.State.Height >= 2), 20, "all have two blocks");
        var task = net.Nodes[0].Snapshot.State.Tasks.Keys.Single();
        for (var i = 0; i < 4; i++)
            await net.Nodes[i].AddShard(task, new("digits", ""), net.ShardOf(i, 5), CancellationToken.None);
        await Testnet.Until(() => net.Nodes[0].Snapshot.State.Tasks[task].Round.Number >= 3, 60, "two rounds are done");

        var fifth = net.Start(4);
        await fifth.AddShard(task, new("digits", ""), net.ShardOf(4, 5), CancellationToken.None);

        await Testnet.Until(() => net.AllFinished(task, evaluations: 5), 90, "all five have finished");
        Assert.That(fifth.Snapshot.State.Tasks[task].Results[^1].Paid.Select(p => p.Contributor),
            Contains.Item(Testnet.AddressOf(4)));
    }
}

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
            await net.Nodes[i].AddShard(task, "digits", net.ShardOf(i, 4), CancellationToken.None);
        await Testnet.Until(
            () => net.Nodes.All(n => n.Snapshot.State.Tasks[task] is { Round.Phase: Phase.Finished } done
                && done.Results[^1].Evaluations.Count == 4), 90, "all rounds are done");

        var results = net.Nodes.Select(n => n.Snapshot.State.Tasks[task].Results[^1]).ToList();
        Assert.That(results.Select(r => r.Parameters).Distinct().Count(), Is.EqualTo(1));
        Assert.That(results[0].Paid, Has.Length.EqualTo(4));
        Assert.That(net.Nodes.All(n => n.Blob(results[0].Parameters) is not null));
        foreach (var r in net.Nodes[0].Snapshot.State.Tasks[task].Results)
            TestContext.Out.WriteLine($"round {r.Number}: height {r.Height}, {r.Evaluations.Values.Sum(e => e.Correct)} of {r.Evaluations.Values.Sum(e => e.Total)}");
    }
}

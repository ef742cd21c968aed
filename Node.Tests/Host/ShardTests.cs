using Ledger.Consensus.State;
using Ledger.Node.Training;
using Shard = Ledger.Learning.Data.Shard;

namespace Ledger.Node.Tests.Host;

/// <summary>Shards that come and go while a whole node runs.</summary>
public class ShardTests
{
    [Test, CancelAfter(120_000)]
    public async Task A_shard_that_the_rules_refuse_leaves_the_earlier_one_where_it_is()
    {
        await using var net = new Testnet(validators: 1, tasks: 1);
        var node = net.Start(0);
        await Testnet.Until(() => node.Snapshot.State.Height >= 1, 20, "there is a block");
        var task = node.Snapshot.State.Tasks.Keys.Single();
        await node.AddShard(task, new("first", ""), net.ShardOf(0, 4), CancellationToken.None);

        using var empty = new MemoryStream();
        Shard.Of(net.Recipe.Schema.Encode(net.Source).Take([]), seed: 0).Write(empty);
        var refused = await node.AddShard(task, new("second", ""), empty.ToArray(), CancellationToken.None);

        Assert.That(refused.Refused, Is.EqualTo(nameof(Rejection.EmptyShard)));
        Assert.That(node.Snapshot.Shards.Single().Source, Is.EqualTo("first"));
    }

    // Blocks may be long in coming, and what waits in the pool dies with the process.
    [Test, CancelAfter(120_000)]
    public async Task A_shard_that_was_taken_back_before_a_crash_is_withdrawn_on_chain_after_it()
    {
        await using var net = new Testnet(validators: 1, tasks: 1);
        var node = net.Start(0);
        await Testnet.Until(() => node.Snapshot.State.Height >= 1, 20, "there is a block");
        var task = node.Snapshot.State.Tasks.Keys.Single();
        await node.AddShard(task, new("digits", ""), net.ShardOf(0, 4), CancellationToken.None);
        await net.Stop(node);
        ShardStore.Open(Path.Combine(net.HomeOf(0), "shards"), Some.Key(1)).Remove(task);

        var again = net.Start(0);

        await Testnet.Until(() => again.Snapshot.State.Tasks[task].Shards.IsEmpty, 60, "it is withdrawn");
    }
}

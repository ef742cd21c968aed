using Ledger.Consensus.Light;
using Ledger.Consensus.State;
using Ledger.Node.Host;
using Ledger.Node.Simulation;
using Ledger.Node.Tests.Host;
using Machinery = Ledger.Node.Tests.Simulation.ReplicaTests.Machinery;

namespace Ledger.Node.Tests.Simulation;

/// <summary>A newcomer to a chain of hundreds of blocks, on virtual time.</summary>
public class SnapshotTests
{
    private const ulong Interval = 100, Snapshot = 300;

    [Test]
    public async Task A_late_newcomer_begins_with_a_snapshot_and_is_then_like_all_others()
    {
        Log.Mute();
        await using var net = new Testnet(validators: 4, tasks: 0);
        var genesis = net.Genesis with
        {
            Parameters = net.Genesis.Parameters with { SnapshotInterval = Interval, EmptyBlockInterval = 50 },
        };
        var timeline = new Timeline();
        var network = new Network(timeline, new Dice(1)) { Loss = 0.02, MeanDelayUs = 2_000 };
        var nodes = Enumerable.Range(0, 5).Select(i => new Machinery(genesis, i, timeline, network)).ToList();
        var (old, late) = (nodes[..4], nodes[4]);
        old.ForEach(n => n.Start(nodes));
        RunUntil(timeline, () => old.TrueForAll(n => Height(n) > Snapshot + 5));

        late.Start(nodes);
        RunUntil(timeline, () => Height(late) > Snapshot + 20);
        AssertLikeOthers(late, old[0]);

        late.Crash();
        late.Start(nodes);
        var restarted = Height(late);
        RunUntil(timeline, () => Height(late) > restarted + 10);
        AssertLikeOthers(late, old[0]);

        var subject = new ProofSubject.OfAccount(Testnet.AddressOf(0));
        var proof = ChainProofs.Make(late.Store, late.Replica.Head.State, genesis, subject, since: null);
        Assert.That(proof.Verify(
            Trusted.Of(genesis), LightOptions.Of(genesis.Parameters), late.Replica.Head.State.Time),
            Is.EqualTo(LightFault.None));
    }

    private static void AssertLikeOthers(Machinery late, Machinery other)
    {
        var height = Math.Min(Height(late), Height(other));
        Assert.That(late.Store.Block(Snapshot), Is.Null, "no block below the snapshot was fetched");
        Assert.That(late.Store.Block(height)!.Value.Block.Id, Is.EqualTo(other.Store.Block(height)!.Value.Block.Id));
        Assert.That(late.Store.LightBlock(height)!.Validators, Is.EqualTo(other.Store.LightBlock(height)!.Validators));
        Assert.That(Leaves(late.Store.TreeOf(height)!), Is.EqualTo(Leaves(other.Store.TreeOf(height)!)));
    }

    private static List<string> Leaves(StateTree tree) =>
        [.. tree.LeavesFrom(default).Select(l => Convert.ToHexString([.. l.Key, .. l.Value]))];

    private static ulong Height(Machinery node) => node.Replica.Head.State.Height;

    private static void RunUntil(Timeline timeline, Func<bool> isDone)
    {
        while (!isDone())
            Assert.That(timeline.TryStep(3_600_000_000), "it gets there within an hour of virtual time");
    }
}

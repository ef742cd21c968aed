using Ledger.Consensus.Light;
using Ledger.Consensus.State;
using Ledger.Node.Host;
using Ledger.Node.Simulation;

namespace Ledger.Node.Tests.Simulation;

/// <summary>A newcomer to a chain of hundreds of blocks, on virtual time.</summary>
public class SnapshotTests
{
    private const ulong Interval = 100, Snapshot = 300;
    private const long Enough = 120_000_000;

    [Test]
    public void A_late_newcomer_begins_with_a_snapshot_and_is_then_like_all_others()
    {
        Log.Mute();
        var world = new World(new()
        {
            Seed = 1,
            Heights = 1,
            Stakes = [10_000, 10_000, 10_000, 10_000],
            Followers = 1,
            Faults = [],
            HasLoad = false,
            Parameters = new() { SnapshotInterval = Interval, BlockInterval = 10, EmptyBlockInterval = 50 },
        });
        var (old, late) = (world.Nodes[..4], world.Nodes[4]);
        old.ForEach(n => n.Start());
        Assert.That(world.Step(Enough, () => old.TrueForAll(n => n.Height > Snapshot + 5)));

        late.Start();
        Assert.That(world.Step(Enough, () => late.Height > Snapshot + 20), late.State);
        AssertLikeOthers(late, old[0]);

        late.Crash(null);
        late.Start();
        var restarted = late.Height;
        Assert.That(world.Step(Enough, () => late.Height > restarted + 10));
        AssertLikeOthers(late, old[0]);

        var subject = new ProofSubject.OfAccount(old[0].Self);
        var state = late.Replica!.Head.State;
        var proof = ChainProofs.Make(late.Store, state, world.Genesis, subject, since: null);
        Assert.That(proof.Verify(Trusted.Of(world.Genesis), LightOptions.Of(world.Genesis.Parameters), state.Time),
            Is.EqualTo(LightFault.None));
        Assert.That(world.Oracle.Violations, Is.Empty);
    }

    private static void AssertLikeOthers(SimulatedNode late, SimulatedNode other)
    {
        var height = Math.Min(late.Height, other.Height);
        Assert.That(late.Store.Block(Snapshot), Is.Null, "no block below the snapshot was fetched");
        Assert.That(late.Store.Block(height)!.Value.Block.Id, Is.EqualTo(other.Store.Block(height)!.Value.Block.Id));
        Assert.That(late.Store.LightBlock(height)!.Validators, Is.EqualTo(other.Store.LightBlock(height)!.Validators));
        Assert.That(Leaves(late.Store.TreeOf(height)!), Is.EqualTo(Leaves(other.Store.TreeOf(height)!)));
    }

    private static List<string> Leaves(StateTree tree) =>
        [.. tree.LeavesFrom(default).Select(l => Convert.ToHexString([.. l.Key, .. l.Value]))];
}

using Ledger.Consensus.Chain;
using Ledger.Node.Simulation;
using static Ledger.Node.Simulation.FaultKind;

namespace Ledger.Node.Tests.Simulation;

/// <summary>
/// Properties that chance does not show: what follows when agreement itself is broken, by more than a third of the
/// stake, and what a recovery comes to that is itself cut short.
/// </summary>
public class PropertyTests
{
    private const int Second = 1_000_000;

    private static readonly Plan Four = new()
    {
        Seed = 1,
        Heights = 8,
        Stakes = [10_000, 10_000, 10_000, 10_000],
        Followers = 0,
        Faults = [],
    };

    [SetUp]
    public void Mute() => Log.Mute();

    // Two keys of four on two machines each, one of them on either side: each side has three quarters of the stake.
    [Test]
    public void P7_half_of_the_stake_can_split_the_chain_and_is_convicted_and_nobody_else_is([Range(1, 12)] int seed)
    {
        var world = new World(
            Four with { Seed = (ulong)seed, Faults = [new(Twins, 0, 0, 2, 0), new(Twins, 0, 0, 3, 0)] });
        var mend = world.Network.Cut((from, to) => IsLeft(from) != IsLeft(to));
        var (left, right) = (world.Nodes[0], world.Nodes[1]);
        world.Begin();
        world.Step(60 * Second, () => Math.Min(left.Height, right.Height) >= 5);
        Assert.That(world.Oracle.Violations, Has.Some.StartsWith("P1"), "agreement was not broken");

        mend();
        world.Step(60 * Second, () => Convicted(left).Union(Convicted(right)).Count() >= 2);

        Address[] guilty = [world.Nodes[2].Self, world.Nodes[3].Self];
        Assert.That(SignedBoth(left, right).Distinct(), Is.EquivalentTo(guilty), "what is in both stores proves it");
        Assert.That(Convicted(left).Union(Convicted(right)), Is.SubsetOf(guilty));
        // With the first of them gone the other may stop the chain: two of its three votes are needed.
        Assert.That(Convicted(left).Count + Convicted(right).Count > 0
            || (left.GaveUp ?? right.GaveUp)!.EndsWith("in different rounds"), $"{left.State}\n{right.State}");
    }

    [Test]
    public void Another_content_under_a_decided_header_is_its_senders_lie_and_no_split()
    {
        var plan = Four with
        {
            Seed = 2,
            Heights = 100,
            Followers = 1,
            Faults = [new(FaultKind.Boaster, 0, 0, 3, 0), new(Isolation, 300, 1_000, 4, 0)],
        };
        var world = Swarm.Play(plan);

        Assert.That(world.Oracle.Violations, Is.Empty);
        var follower = world.Nodes[4];
        Assert.That(
            follower.Replica!.Book.Scores.PointsOf(world.Nodes[3].Id, follower.Clock.WallClockMs), Is.Positive);
    }

    [Test]
    public void P13_a_recovery_that_is_itself_cut_short_comes_to_the_same()
    {
        for (var at = 1; at <= 60; at++)
        {
            var world = new World(Four with { Faults = [new(CrashAtOperation, 0, 0, 1, at)] });
            var node = world.Nodes[1];
            world.Begin();
            world.Step(60 * Second, () => world.Tally.Crashes == 1 && node.IsUp);
            var once = Recovered(node);
            for (var again = 0; again < 3; again++)
            {
                node.Crash(backAfterMs: null);
                node.Start();
                Assert.That(Recovered(node), Is.EqualTo(once), $"operation {at}");
            }
            world.Finish();
            Assert.That(world.Oracle.Violations, Is.Empty, $"operation {at}");
        }
    }

    // Nodes 4 and 5 are the other machines of 2 and 3.
    private static bool IsLeft(int node) => node is 0 or 2 or 3;

    private static IEnumerable<Address> SignedBoth(SimulatedNode left, SimulatedNode right)
    {
        for (ulong height = 1; left.Store.Block(height) is var (_, one) && right.Store.Block(height) is var (_, other);
            height++)
            foreach (var evidence in one.Contradictions(other))
                yield return evidence.Offender;
    }

    private static List<Address> Convicted(SimulatedNode node) => node.Replica is { Head.State.Standings: var all }
        ? [.. all.Where(s => s.Value.Tombstoned).Select(s => s.Key)]
        : [];

    private static object Recovered(SimulatedNode node) =>
        (node.Height, node.Replica!.Head.State.Tree.Root, node.Replica.Agreement?.State);
}

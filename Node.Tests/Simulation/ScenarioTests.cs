using Ledger.Consensus.Chain;
using Ledger.Node.Overlay;
using Ledger.Node.Simulation;
using static Ledger.Node.Simulation.FaultKind;

namespace Ledger.Node.Tests.Simulation;

/// <summary>Histories that are always played, beside those that chance makes; S1 and the like number them.</summary>
public class ScenarioTests
{
    private const long Long = 1_000;

    private static readonly ulong[] Equal = [10_000, 10_000, 10_000, 10_000];

    [Test]
    public void S1_honest_validators_decide([Values(1, 4, 7, 16, 64, 100)] int nodes) =>
        AssertWell(Plan(Weights(nodes)) with { Heights = nodes > 16 ? 1 : 8 });

    [Test]
    public void S2_without_one_proposer_the_others_go_on([Range(0, 3)] int down) =>
        AssertWell(Plan(Equal, new Fault(Isolation, 0, Long, down, 0)), late: true);

    [Test]
    public void S3_with_a_silent_third_the_others_go_on() =>
        AssertWell(Plan(Weights(7), new Fault(Isolation, 0, Long, 1, 0), new Fault(Isolation, 0, Long, 4, 0)));

    [Test]
    public void S4_with_more_than_a_third_silent_nothing_is_decided_until_they_are_back()
    {
        var plan = Plan(Equal, new Fault(Isolation, 0, 5_000, 1, 0), new Fault(Isolation, 0, 5_000, 2, 0));
        var world = new World(plan);
        world.Begin();

        world.Step(4_900_000, () => false);
        Assert.That(world.Decided, Is.Zero);
        world.Finish();
        Assert.That(world.Oracle.Violations, Is.Empty);
        Assert.That(world.Decided, Is.GreaterThanOrEqualTo(3));
    }

    [Test]
    public void S5_a_network_in_two_halves_finds_together_again() =>
        AssertWell(Plan(Equal, new Fault(Split, 100, 600, 0, 0b0011)));

    [Test]
    public void S6_who_can_only_hear_or_only_speak_does_no_harm([Values(0b0001, 0b1110)] int half) =>
        AssertWell(Plan(Equal, new Fault(OneWay, 50, 600, 0, half)));

    [Test]
    public void S7_a_lock_that_only_one_knows_of_holds_nobody_up([Range(0, 3)] int favourite)
    {
        var plan = Plan(Equal, new Fault(Hiding, 0, 4_000, favourite, favourite));
        var world = Swarm.Play(plan);

        Assert.That(world.Oracle.Violations, Is.Empty);
        Assert.That(world.Oracle.LateRounds, Is.Positive, "no round failed");
    }

    [Test]
    public void S8_all_lose_power_with_locks_held_and_decide_the_same()
    {
        for (ulong height = 2; height < 6; height++)
        {
            var world = new World(Plan(Equal));
            world.Begin();
            world.Step(60_000_000, () => world.Nodes.Exists(n =>
                n.Replica?.Agreement is { Height: var h, State.Locked: not null } && h == height));
            world.Nodes.ForEach(n => n.Crash(20));
            world.Finish();
            Assert.That(world.Oracle.Violations, Is.Empty, $"crash at height {height}");
        }
    }

    [Test]
    public void S9_a_crash_at_any_write_or_sync_of_a_height_loses_nothing()
    {
        var points = 0;
        for (var node = 0; node < Equal.Length; node++)
        {
            var (from, to) = OperationsOfAHeight(node);
            for (var at = from; at <= to; at++, points++)
            {
                var world = new World(Plan(Equal, new Fault(CrashAtOperation, 0, 0, node, at)));
                world.Run();
                Assert.That(world.Oracle.Violations, Is.Empty, $"node {node}, operation {at}");
                Assert.That(world.Tally.Crashes, Is.EqualTo(1));
            }
        }
        Assert.That(points, Is.GreaterThan(20));
    }

    [Test]
    public void S10_who_lost_its_home_does_not_vote_again_and_who_lost_its_chain_comes_back(
        [Values(nameof(LostHome), nameof(LostChain), nameof(OldChain), nameof(OldBackup), nameof(Rot))] string loss) =>
        AssertWell(Plan(Equal, new Fault(Enum.Parse<FaultKind>(loss), 200, 0, 2, 0)));

    [Test]
    public void S10_when_more_than_a_third_lost_their_homes_nothing_is_decided_and_nobody_votes_twice()
    {
        var world = new World(Plan(Equal, new Fault(LostHome, 200, 0, 1, 0), new Fault(LostHome, 250, 0, 2, 0)));
        world.Begin();
        world.Step(60_000_000, () => false);

        Assert.That(world.Oracle.Violations, Is.Empty);
        var height = world.Decided;
        world.Step(60_000_000, () => false);
        Assert.That(world.Decided, Is.EqualTo(height), "two of four cannot decide");
    }

    [Test]
    public void S11_two_machines_with_one_key_split_nobody() =>
        AssertWell(Plan(Equal, new Fault(Twins, 0, 0, 1, 0)));

    [Test]
    public void S12_clocks_that_are_a_little_wrong_hold_nobody_up([Values(-400, 400)] long skew) =>
        AssertWell(Plan(Equal, new Fault(Skew, 0, Long, 1, skew), new Fault(Skew, 0, Long, 2, -skew)));

    [Test]
    public void S13_all_validators_are_replaced_while_the_network_falls_apart(
        [Values(0, 0b0000_1111, 0b0101_0101)] int half)
    {
        var world = new World(Plan(Equal, new Fault(Split, 300, 500, 0, half)) with { Followers = 4 });
        var (old, fresh) = (world.Nodes[..4], world.Nodes[4..]);
        world.Begin();
        world.Step(60_000_000, () => world.Nodes.TrueForAll(n => n.Height >= 2));

        fresh.ForEach(n => Submit(n, new Payload.Stake(10_000)));
        old.ForEach(n => Submit(n, new Payload.Unstake(10_000)));
        Assert.That(world.Step(60_000_000, () => old.TrueForAll(n => Power(world, n) is null)), "the old ones leave");
        world.Finish();

        Assert.That(world.Oracle.Violations, Is.Empty);
        Assert.That(fresh.ConvertAll(n => Power(world, n)), Is.All.Not.Null);
    }

    [Test]
    public void S14_a_validator_that_leaves_while_it_is_locked_or_proposes_holds_nobody_up([Range(0, 3)] int leaving)
    {
        var world = new World(Plan(Equal, new Fault(Hiding, 100, 4_000, leaving, leaving)));
        world.Begin();
        world.Step(60_000_000, () => world.Nodes.TrueForAll(n => n.Height >= 1));

        Submit(world.Nodes[leaving], new Payload.Unstake(10_000));
        Assert.That(world.Step(120_000_000, () => Power(world, world.Nodes[leaving]) is null), "it leaves");
        world.Finish();

        Assert.That(world.Oracle.Violations, Is.Empty);
    }

    [Test]
    public void S17_B21_who_falls_behind_catches_up_each_time() =>
        AssertWell(Plan(Equal, new Fault(Isolation, 100, 100, 3, 0), new Fault(Isolation, 400, 200, 3, 0),
            new Fault(Isolation, 800, 600, 3, 0)));

    [Test]
    public void S18_a_flood_stops_nobody() => AssertWell(Plan(Equal, new Fault(FaultKind.Flooder, 0, 0, 0, 0)));

    [Test]
    public void S19_who_does_not_know_the_version_that_was_voted_for_stops_before_it_and_goes_on_once_upgraded(
        [Values(1, 2)] int old)
    {
        var world = new World(Plan(Equal));
        foreach (var node in world.Nodes[old..])
            node.Speaks = 2;
        world.Begin();
        var amendment = new Amendment(30, 2, world.Genesis.Parameters with { BlockInterval = 5 });
        foreach (var node in world.Nodes[1..])
            node.Replica!.Submitter.Submit(new Payload.Amend(amendment));
        world.Step(60_000_000, () => world.Decided > 40);

        Assert.That(world.Decided, old == 1 ? Is.GreaterThan(40) : Is.EqualTo(29), "two of four decide nothing");
        foreach (var node in world.Nodes[..old])
            Assert.That((node.IsUp, node.SeenHeight), Is.EqualTo((false, 29UL)));
        foreach (var node in world.Nodes[..old])
            node.Speaks = 2;
        Assert.That(world.Step(60_000_000, () => world.Nodes.All(node => node.Height > 50)), "all go on together");
        Assert.That(world.Nodes[0].Replica!.Head.State.Parameters.BlockInterval, Is.EqualTo(5));
        Assert.That(world.Oracle.Violations, Is.Empty);
    }

    [Test]
    public void S19_one_of_four_of_another_version_stops_with_the_reason_and_the_others_go_on()
    {
        var world = new World(Plan(Equal));
        world.Nodes[3].AggregatesOtherwise = true;
        world.Begin();

        Assert.That(world.Step(60_000_000, () => world.Nodes[3].GaveUp is not null), "it stops");
        var height = world.Decided;
        Assert.That(world.Step(60_000_000, () => world.Decided > height + 3), "the others go on");

        Assert.That(world.Nodes[3].GaveUp, Does.StartWith("two thirds of the stake decided block"));
        Assert.That(world.Oracle.Violations, Has.Count.EqualTo(1).And.All.StartsWith("P0 node 3 stops"));
    }

    [Test]
    public void S19_with_half_of_the_stake_of_another_version_nothing_is_decided_and_nobody_splits()
    {
        var world = new World(Plan(Equal));
        foreach (var node in world.Nodes[2..])
            node.AggregatesOtherwise = true;
        world.Begin();
        world.Step(20_000_000, () => false);
        var height = world.Decided;
        world.Step(20_000_000, () => false);

        Assert.That(world.Decided, Is.EqualTo(height).And.Positive);
        Assert.That(world.Oracle.Violations, Is.Empty);
        foreach (var node in world.Nodes[2..])
            node.AggregatesOtherwise = false;
        Assert.That(world.Step(60_000_000, () => world.Decided > height + 3), "of one version they go on");
        Assert.That(world.Oracle.Violations, Is.Empty);
    }

    [Test]
    public void S20_a_full_disk_stops_its_node_and_nothing_else([Range(0, 3)] int node) =>
        AssertWell(Plan(Equal, new Fault(FullDisk, 150 + 7 * node, 500, node, 0)));

    [Test]
    public void S21_aggregation_that_takes_longer_than_a_round_is_waited_for()
    {
        var world = new World(Plan(Equal) with { Heights = 40 });
        world.Nodes.ForEach(n => n.AggregationMs = 700);
        world.Run();

        Assert.That(world.Oracle.Violations, Is.Empty);
        Assert.That(world.Nodes[0].Replica!.Head.State.Tasks.Values.Single().Round.Number, Is.GreaterThan(1U));
    }

    [Test]
    public void A_node_that_reads_its_messages_late_blames_nobody_and_follows([Values(2_000UL, 8_000UL)] ulong lateMs)
    {
        var world = new World(Plan(Equal) with { Heights = 400, Followers = 1 });
        var slow = world.Nodes[^1];
        slow.LateMs = lateMs;
        world.Run();

        var book = slow.Replica!.Book;
        Assert.That(world.Nodes[..^1].Select(n => book.Scores.PointsOf(n.Id, slow.Clock.WallClockMs)), Is.All.Zero);
        Assert.That(slow.Height, Is.GreaterThan(300UL));
    }

    // Blocks come faster than anybody repeats where it stands.
    [Test]
    public void Who_has_a_place_in_nobodys_mesh_notices_that_it_has_fallen_behind_and_follows()
    {
        var plan = Plan(Equal, new Fault(Isolation, 500, 1_000, 4, 0)) with { Heights = 400, Followers = 1 };
        var world = new World(plan);
        var last = world.Nodes[^1];
        world.Begin();
        world.Step(400_000, () => false);
        foreach (var node in world.Nodes[..^1])
            node.Run(() => node.Replica!.Book.Scores.Penalise(last.Id, Misdeed.BadBlock, node.Clock.WallClockMs));
        world.Step(1_200_000, () => false);
        var behind = world.Nodes[0].Height - last.Height;
        world.Step(1_500_000, () => false);

        Assert.That(behind, Is.GreaterThan(5), "it was not cut off for long enough");
        Assert.That(world.Nodes[0].Height - last.Height, Is.LessThan(5));
        Assert.That(world.Oracle.LateRounds, Is.Zero);
    }

    [Test]
    public void Who_closes_rounds_with_other_parameters_is_refused_and_a_check_left_out_is_noticed()
    {
        var plan = Plan(Equal, new Fault(FaultKind.Forger, 0, 0, 1, 0)) with { Heights = 60 };

        Assert.That(Swarm.Play(plan).Oracle.Violations, Is.Empty);
        // A round must be about to close when the forger is the proposer; which seed that happens in is luck.
        var noticed = Enumerable.Range(1, 20)
            .SelectMany(seed => Swarm.Play(plan with { Seed = (ulong)seed }, PlantedBug.Find("any-closing"))
                .Oracle.Violations);
        Assert.That(noticed.Any(v => v.StartsWith("P2", StringComparison.Ordinal)));
    }

    [TestCase(1_000UL, 1_000UL, 1_000UL, 100_000UL)]
    [TestCase(33_000UL, 33_000UL, 34_000UL, 1_000UL)]
    public void S22_quorums_count_stake_and_not_heads(params ulong[] stakes) => AssertWell(Plan(stakes));

    private static void Submit(SimulatedNode node, Payload payload) =>
        node.Run(() => node.Replica!.Submitter.Submit(payload));

    private static ulong? Power(World world, SimulatedNode of) =>
        world.Nodes.MaxBy(n => n.Height)!.Replica?.Head.State.Validators.StakeOf(of.Self);

    private static (long From, long To) OperationsOfAHeight(int node)
    {
        var world = new World(Plan(Equal));
        world.Begin();
        world.Step(60_000_000, () => world.Nodes[node].Height == 2);
        var from = world.Nodes[node].Disk.Operations;
        world.Step(60_000_000, () => world.Nodes[node].Height == 3);
        return (from, world.Nodes[node].Disk.Operations);
    }

    private static void AssertWell(Plan plan, bool late = false)
    {
        var world = Swarm.Play(plan);
        Assert.That(world.Oracle.Violations, Is.Empty);
        Assert.That(world.Decided, Is.GreaterThanOrEqualTo(plan.Heights));
        if (late)
            Assert.That(world.Oracle.LateRounds, Is.Positive, "nobody missed the proposer");
    }

    private static ulong[] Weights(int nodes) => [.. Enumerable.Repeat(10_000UL, nodes)];

    private static Plan Plan(ulong[] stakes, params Fault[] faults) =>
        new() { Seed = 1, Heights = 8, Stakes = [.. stakes], Followers = 0, Faults = [.. faults] };
}

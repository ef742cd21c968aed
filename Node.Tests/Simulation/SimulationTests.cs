using Ledger.Node.Simulation;

namespace Ledger.Node.Tests.Simulation;

/// <summary>Whole nodes, hundreds of histories, everything going wrong; and mistakes that must be noticed.</summary>
public class SimulationTests
{
    private static readonly Terrain Four = new(Nodes: 4, FaultGroups.All, Heights: 20);

    private static readonly int Cores = Environment.ProcessorCount;

    // Those that a few seeds catch; 'ledger simulate --bugs' plants all of them, and scripts catch each broken rule.
    private static readonly string[] Bugs =
    [
        "guard-not-synced", "chain-not-synced", "guard-lost", "forgets-lock", "unseen-polka", "hasty-verdict",
        "unchecked-proposal", "early-timer", "nil-leaves", "any-round", "every-round", "own-closing", "fast-timers",
    ];

    [Test]
    public void Nothing_that_must_never_happen_happens_whatever_goes_wrong()
    {
        var result = Swarm.Run(1, 80, Four, Cores, _ => { }, default);

        Assert.That(result.Violations, Is.Empty);
        Assert.That(result.Decided, Is.GreaterThan(1_600));
        Assert.That((long[])[result.RoundsAboveZero, result.Locks, result.Crashes, result.EquivocationsCaught],
            Is.All.GreaterThan(50), "too gentle to prove anything");
    }

    [Test]
    public void Sixteen_validators_agree_too()
    {
        var result = Swarm.Run(1, 2, new(16, FaultGroups.All, 10), 1, _ => { }, default);

        Assert.That(result.Violations, Is.Empty);
        Assert.That(result.Decided, Is.GreaterThan(20));
    }

    [Test]
    public void One_seed_is_one_history([Values(3UL, 28UL, 192UL)] ulong seed)
    {
        var (once, again) = (Swarm.Play(Plan.Draw(seed, Four)), Swarm.Play(Plan.Draw(seed, Four)));

        Assert.That(again.Fingerprint, Is.EqualTo(once.Fingerprint));
        Assert.That(again.Timeline.NowUs, Is.EqualTo(once.Timeline.NowUs));
        Assert.That(Swarm.Play(Plan.Draw(seed + 1, Four)).Fingerprint, Is.Not.EqualTo(once.Fingerprint));
    }

    [Test]
    public void Histories_side_by_side_are_those_one_after_another_in_their_order()
    {
        Assert.That(Told(4), Is.EqualTo(Told(1)));

        static List<(ulong, ulong)> Told(int threads)
        {
            var told = new List<(ulong, ulong)>();
            Swarm.Run(21, 28, Four, threads, world => told.Add((world.Plan.Seed, world.Fingerprint)), default);
            return told;
        }
    }

    [TestCaseSource(nameof(Bugs))]
    public void A_planted_bug_is_caught(string name) =>
        Assert.That(Swarm.Catch(PlantedBug.Find(name)!, Four, 1, 300, Cores), Is.Not.Null);

    [Test]
    public void A_failing_history_is_shrunk_to_fewer_faults_that_still_fail()
    {
        var bug = PlantedBug.Find("guard-lost")!;
        var caught = Swarm.Catch(bug, Four, 1, 150, Cores)!.Value;
        var whole = Plan.Draw(caught.Seeds, Four);

        var small = Swarm.Shrink(whole, bug);

        Assert.That(small.Faults.Length, Is.LessThanOrEqualTo(whole.Faults.Length));
        Assert.That(Swarm.Play(small, bug).Oracle.Violations, Has.Some.StartsWith(caught.Property));
    }
}

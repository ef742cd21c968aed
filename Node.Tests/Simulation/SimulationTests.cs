using Ledger.Node.Tests.Consensus.Engine;

namespace Ledger.Node.Tests.Simulation;

/// <summary>
/// Whole engines in bad weather with liars among them: nothing bad ever happens, something good does in the end, and
/// bugs planted on purpose are found.
/// </summary>
public class SimulationTests
{
    private const int Seeds = 120, SeedsForBugs = 100;

    [Test]
    public void No_seed_breaks_safety_or_stops_progress()
    {
        int heights = 0, late = 0, locks = 0, unlocks = 0, caught = 0, crashes = 0;
        for (var seed = 1; seed <= Seeds; seed++)
        {
            var oracle = Scenario.Run(seed).Oracle;
            Assert.That(oracle.Violations, Is.Empty, $"seed {seed}");
            heights += oracle.Decisions.Count;
            late += oracle.LateDecisions;
            locks += oracle.Locks;
            unlocks += oracle.Unlocks;
            caught += oracle.EquivocationsSeen;
            crashes += oracle.Crashes;
        }
        TestContext.Out.WriteLine($"{Seeds} seeds: {heights} heights, {late} decisions after round 0, {locks} locks, "
            + $"{unlocks} locks released, {caught} equivocations seen, {crashes} crashes");
        Assert.That(new[] { heights, late, locks, unlocks, caught, crashes },
            Is.All.Positive, "too gentle to prove anything");
    }

    [Test]
    public void One_seed_is_one_history([Values(1, 2, 3)] int seed)
    {
        var once = Scenario.Run(seed).Fingerprint;

        Assert.That(Scenario.Run(seed).Fingerprint, Is.EqualTo(once));
        Assert.That(Scenario.Run(seed + 100).Fingerprint, Is.Not.EqualTo(once));
    }

    [Test]
    public void Validators_that_forget_their_lock_are_caught() =>
        Assert.That(SeedsUntil("breaks the lock", s => Scenario.Run(s, () => new NoLock())), Is.LessThan(SeedsForBugs));

    [Test]
    public void Validators_that_vote_again_after_losing_their_disk_are_caught() =>
        Assert.That(SeedsUntil("double vote", s => Scenario.Run(s, losesDisks: true)), Is.LessThan(SeedsForBugs));

    [Test]
    public void Validators_that_skip_the_round_guard_are_caught() =>
        Assert.That(SeedsUntil("no progress", s => Scenario.Run(s, () => new AnyRound())), Is.LessThan(SeedsForBugs));

    private static int SeedsUntil(string violation, Func<int, World> run)
    {
        for (var seed = 1; seed < SeedsForBugs; seed++)
            if (run(seed).Oracle.Violations.Exists(v => v.Contains(violation, StringComparison.Ordinal)))
                return seed;
        return SeedsForBugs;
    }
}

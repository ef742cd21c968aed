namespace Ledger.Node.Tests.Sync;

/// <summary>Ten megabytes to many at 100 Mbit/s, 50 ms and 1 % loss: how far from the least possible time?</summary>
public class SwarmFieldTests
{
    private const int Bytes = 10_000_000;
    private const long MostUs = 60_000_000;

    [TestCase(50, 1)]
    [TestCase(50, 2)]
    [TestCase(200, 1)]
    public void The_last_of_many_is_soon_done_and_little_comes_twice(int receivers, int seed)
    {
        var field = new SwarmField(receivers, Bytes, seed);

        var lastUs = field.Run(MostUs);

        Report(field, receivers, lastUs);
        // The greater the number, the more hops to the last.
        Assert.That(lastUs, Is.LessThan((receivers > 100 ? 3 : 2.5) * field.BoundUs(receivers)));
        Assert.That(field.Duplicates, Is.LessThan(0.02 * receivers * Bytes));
        Assert.That(field.Members.Sum(m => m.Banned.Count), Is.Zero);
    }

    // Attack 22.
    [Test]
    public void A_third_that_cheats_costs_less_than_the_time_again_and_liars_are_shut_out()
    {
        var honest = new SwarmField(50, Bytes, seed: 3);
        var honestUs = honest.Run(MostUs);
        var field = new SwarmField(50, Bytes, seed: 3, i => (i % 20) switch
        {
            1 or 5 or 9 => Habit.Silent,
            3 or 7 or 11 => Habit.Liar,
            _ => Habit.Honest,
        });

        var lastUs = field.Run(MostUs);

        Report(field, 50, lastUs);
        Assert.That(lastUs, Is.LessThan(2 * honestUs));
        foreach (var member in field.Receivers)
        {
            Assert.That(member.Peers.Where(p => p.Habit == Habit.Liar), Is.Empty, "every liar is out");
            Assert.That(member.Banned.All(b => field.Members.Single(m => m.Id == b).Habit != Habit.Honest));
        }
    }

    [Test]
    public void Slow_lines_are_not_flooded()
    {
        var field = new SwarmField(12, 1_000_000, seed: 4) { Rate = 2e6, Loss = 0.05 };

        var lastUs = field.Run(MostUs);

        Report(field, 12, lastUs);
        Assert.That(lastUs, Is.LessThan(4 * field.BoundUs(12)));
    }

    private static void Report(SwarmField field, int receivers, long lastUs) => TestContext.Out.WriteLine(
        $"{receivers} receivers: last after {lastUs / 1e6:F2} s, bound {field.BoundUs(receivers) / 1e6:F2} s, "
        + $"ratio {lastUs / field.BoundUs(receivers):F2}, "
        + $"twice {100.0 * field.Duplicates / receivers / field.Blob.Length:F2} %, "
        + $"control {field.ControlBytes / 1e3 / receivers:F0} kB a receiver");
}

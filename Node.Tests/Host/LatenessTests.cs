using Ledger.Node.Host;
using Ledger.Node.Overlay;

namespace Ledger.Node.Tests.Host;

/// <summary>Who is late itself blames nobody for being late; see also the scenarios of the simulator.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public class LatenessTests
{
    private readonly StandingClock clock = new() { NowMs = 100_000 };

    [Test]
    public void Who_deals_with_a_message_in_time_excuses_nothing([Values(0UL, 500UL, 999UL)] ulong lateMs)
    {
        var lateness = new Lateness(clock);
        lateness.Observe(clock.NowMs - lateMs);
        Assert.That(Enum.GetValues<Misdeed>().Where(lateness.Excuses), Is.Empty);
    }

    [Test]
    public void Who_deals_with_a_message_late_excuses_lateness_and_nothing_else()
    {
        var lateness = new Lateness(clock);
        lateness.Observe(clock.NowMs - 1_000);
        Assert.That(Enum.GetValues<Misdeed>().Where(lateness.Excuses),
            Is.EquivalentTo([Misdeed.TimedOut, Misdeed.BrokenPromise, Misdeed.Unsolicited]));
    }

    [Test]
    public void The_excuse_ends_ten_seconds_after_the_time_that_was_lost()
    {
        var lateness = new Lateness(clock);
        lateness.Observe(clock.NowMs - 3_000);
        lateness.Observe(clock.NowMs + 50);
        clock.NowMs += 12_999;
        Assert.That(lateness.IsLate);
        clock.NowMs++;
        Assert.That(lateness.IsLate, Is.False);
    }

    private sealed class StandingClock : IClock
    {
        public ulong WallClockMs => NowMs;

        public ulong NowMs { get; set; }

        public void After(ulong milliseconds, Action action) => throw new NotSupportedException();
    }
}

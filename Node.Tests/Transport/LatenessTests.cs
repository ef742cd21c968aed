using Ledger.Node.Transport;

namespace Ledger.Node.Tests.Transport;

/// <summary>Threads that are late, and delays that are not ours, do not empty a path: 100 Mbit/s and 50 ms in virtual
/// time, votes every 20 ms beside a blob without end.</summary>
public class LatenessTests
{
    private const long Second = 1_000_000;
    private const double Whole = 12.5;

    // All of it in virtual time: the first two seconds are start-up, from the eighth on nobody is late.
    private const int Seconds = 12, LateFrom = 2, LateUntil = 8;

    [TestCase(true, false)]
    [TestCase(false, true)]
    [TestCase(true, true)]
    public void Hosts_that_look_only_every_20_to_60_ms_use_most_of_the_path(bool senders, bool receiver)
    {
        var rates = Transfer(
            new(), second => second is >= LateFrom and < LateUntil ? (senders, receiver) : default).Rates;

        Assert.That(rates[LateFrom..LateUntil].Average(), Is.GreaterThan(0.55 * Whole), "MB/s while late");
        Assert.That(rates[(LateUntil + 1)..].Average(), Is.GreaterThan(0.85 * Whole), "MB/s one second after");
    }

    [Test]
    public void Who_catches_up_takes_care_of_a_short_queue()
    {
        // It holds 24 ms of the path: who sends only every 40 ms can use 60 % of it.
        var run = Transfer(new() { QueueBytes = 300_000 }, second => (second >= LateFrom, false));

        Assert.That(run.Rates[LateFrom..].Average(), Is.GreaterThan(0.3 * Whole), "MB/s");
        Assert.That(run.LostPercent, Is.LessThan(3));
    }

    [Test]
    public void Start_up_goes_on_under_lateness_and_finds_the_path_when_it_ends()
    {
        var rates = Transfer(new(), second => (second < LateUntil, second < LateUntil)).Rates;

        Assert.That(rates[LateUntil - 1], Is.GreaterThan(0.2 * Whole), "MB/s while late");
        Assert.That(rates[(LateUntil + 1)..].Average(), Is.GreaterThan(0.85 * Whole), "MB/s one second after");
    }

    [TestCase(700_000)]
    [TestCase(5_000_000)]
    public void A_delay_that_comes_and_goes_is_not_taken_for_a_queue_of_ours(long periodUs)
    {
        var rates = Transfer(new() { WanderUs = 40_000, WanderPeriodUs = periodUs }, _ => default).Rates;

        Assert.That(rates[(Seconds / 2)..].Average(), Is.GreaterThan(0.6 * Whole), "MB/s");
    }

    [Test]
    public void A_delay_that_going_slowly_does_not_shorten_is_not_ours_until_the_next_trial()
    {
        var (roundTrip, nowUs) = (new RoundTrip(), 0L);
        var queue = new PathQueue(roundTrip);
        Observe(queue, roundTrip, ref nowUs, 50_000, rounds: 2);
        Observe(queue, roundTrip, ref nowUs, 80_000, rounds: 2);
        Assert.That(queue, Has.Property("IsLong").True.And.Property("OwnUs").EqualTo(30_000), "it may be ours");

        Observe(queue, roundTrip, ref nowUs, 80_000, TransportLimits.TrialRoundTrips + 1);
        Assert.That(queue, Has.Property("IsLong").False.And.Property("OthersUs").EqualTo(30_000), "it is not");

        Observe(queue, roundTrip, ref nowUs, 100_000, rounds: 2);
        Assert.That(queue.OwnUs, Is.EqualTo(20_000), "more than that may be");

        nowUs += TransportLimits.OthersDelayUs;
        Observe(queue, roundTrip, ref nowUs, 80_000, rounds: 2);
        Assert.That(queue.OwnUs, Is.EqualTo(30_000), "tried anew");
    }

    [Test]
    public void A_queue_that_going_slowly_shortens_is_ours_for_as_long_as_that_takes()
    {
        var (roundTrip, nowUs) = (new RoundTrip(), 0L);
        var queue = new PathQueue(roundTrip);
        Observe(queue, roundTrip, ref nowUs, 50_000, rounds: 2);
        for (var delayUs = 150_000; delayUs > 60_000; delayUs -= 6_000)
        {
            Observe(queue, roundTrip, ref nowUs, delayUs, TransportLimits.TrialRoundTrips / 2);
            Assert.That(queue, Has.Property("IsLong").True.And.Property("OthersUs").Zero, $"{delayUs} us");
        }
    }

    [Test]
    public void Rounds_in_which_we_were_late_forget_nothing_unless_much_is_lost()
    {
        var filter = new BandwidthFilter();
        filter.Add(Sample(1_000, isLimited: false));
        for (var round = 0; round < 3 * TransportLimits.BandwidthRounds; round++)
        {
            filter.StartRound();
            filter.Add(Sample(10, isLimited: true));
        }
        Assert.That(filter.Value, Is.EqualTo(1_000));

        for (var round = 0; round <= TransportLimits.BandwidthRounds; round++)
        {
            filter.OnHeavyLoss();
            filter.StartRound();
            filter.Add(Sample(10, isLimited: true));
        }
        Assert.That(filter.Value, Is.EqualTo(10));
    }

    private static AckSample Sample(long rate, bool isLimited) => new()
    {
        NowUs = 0,
        SentUs = 0,
        AckedBytes = 0,
        LostBytes = 0,
        LostSentUs = -1,
        InFlight = default,
        DeliveryRate = rate,
        IsAppLimited = isLimited,
        StartsRound = true,
    };

    private static void Observe(PathQueue queue, RoundTrip roundTrip, ref long nowUs, long delayUs, int rounds)
    {
        const int samples = 16;
        for (var i = 0; i < rounds * samples; i++)
        {
            roundTrip.Sample(nowUs += delayUs / samples, delayUs, ackDelayUs: 0);
            queue.OnAck(nowUs, startsRound: i % samples == 0);
        }
    }

    private static (double[] Rates, double LostPercent) Transfer(BottleneckPath path, Func<int, (bool, bool)> late)
    {
        using var network = new Bottleneck(path, senders: 1, CongestionAlgorithm.Rate, seed: 1);
        var (rates, startUs) = (new double[Seconds], network.NowUs);
        var (blob, vote) = (new byte[64 << 10], new byte[200]);
        for (var turn = 0; turn < 50 * Seconds; turn++)
        {
            network.Late = late(turn / 50);
            for (var queued = network.Statistics(0).QueuedBytes; queued < 6 << 20; queued += blob.Length)
                network.Senders[0].Send(network.NowUs, network.Receiver.Self, MessageClass.Blob, blob);
            network.Senders[0].Send(network.NowUs, network.Receiver.Self, MessageClass.Vote, vote);
            network.RunUntil(startUs + (turn + 1) * Second / 50);
            rates[turn / 50] += network.Events.Sum(e => e.Received.Message.Length) / 1e6;
            network.Events.Clear();
        }
        var statistics = network.Statistics(0);
        return (rates, 100.0 * statistics.PacketsLost / statistics.PacketsOut);
    }
}

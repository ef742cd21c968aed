using Ledger.Node.Transport;

namespace Ledger.Node.Tests.Transport;

/// <summary>How much of a narrow path the controllers use, in virtual time. 100 Mbit/s and 50 ms unless a test says
/// otherwise; 12.5 MB/s is all that the path can carry, headers included.</summary>
public class CongestionTests
{
    private const double Megabyte = 1e6;
    private const long Second = 1_000_000;
    private const int BlobBytes = 64 << 10;

    [TestCase(0, 10.0)]
    [TestCase(1, 10.0)]
    [TestCase(10, 9.6)]
    [TestCase(30, 7.5)]
    public void Random_losses_do_not_slow_the_rate_down(int permille, double least)
    {
        var run = Transfer(new() { LossPerMille = permille }, CongestionAlgorithm.Rate, senders: 1, seconds: 8);

        Assert.That(run.Rates[0], Is.GreaterThan(least), "MB/s");
    }

    [TestCase(1, 2.0)]
    [TestCase(10, 0.6)]
    public void NewReno_is_slow_where_losses_are_random(int permille, double most)
    {
        var run = Transfer(new() { LossPerMille = permille }, CongestionAlgorithm.NewReno, senders: 1, seconds: 4);

        // Mathis: 1200 B x 1.22 / (50 ms x sqrt(p)); the first seconds are above it.
        Assert.That(run.Rates[0], Is.LessThan(most).And.GreaterThan(0.1), "MB/s");
    }

    [TestCase(60_000)]
    [TestCase(300_000)]
    [TestCase(625_000)]
    public void A_queue_of_any_length_is_enough_and_is_not_kept_full(int queueBytes)
    {
        var run = Transfer(new() { QueueBytes = queueBytes }, CongestionAlgorithm.Rate, senders: 1, seconds: 8);

        Assert.That(run.Rates[0], Is.GreaterThan(0.85 * 12.5), "MB/s");
        Assert.That(run.LostPercent, Is.LessThan(6));
        Assert.That(At(run.QueueUs, 90), Is.LessThan(15_000), "us of queue, nine tenths of the time");
    }

    [Test]
    public void Votes_wait_fifteen_milliseconds_at_most_while_a_blob_fills_the_path()
    {
        var run = Transfer(new() { QueueBytes = 300_000 }, CongestionAlgorithm.Rate, senders: 1, seconds: 10);

        Assert.That(run.Rates[0], Is.GreaterThan(0.85 * 12.5), "MB/s");
        Assert.That(run.VoteUs, Has.Count.GreaterThan(390));
        Assert.That(At(run.VoteUs, 99), Is.LessThan(25_000 + 15_000), "us one way");
    }

    [TestCase(2)]
    [TestCase(4)]
    public void Flows_share_a_path_and_use_all_of_it(int senders)
    {
        var run = Transfer(new() { QueueBytes = 300_000 }, CongestionAlgorithm.Rate, senders, seconds: 8);

        Assert.That(run.Rates.Sum(), Is.GreaterThan(0.85 * 12.5), "MB/s");
        Assert.That(Fairness(run.Rates), Is.GreaterThan(0.9));
    }

    [Test]
    public void Packets_that_overtake_each_other_are_not_taken_for_lost()
    {
        var run = Transfer(new() { JitterUs = 3_000 }, CongestionAlgorithm.Rate, senders: 1, seconds: 8);

        // Without learning how far they overtake, every third packet would be sent twice.
        Assert.That(run.LostPercent, Is.LessThan(1.5));
        Assert.That(run.Rates[0], Is.GreaterThan(9.6), "MB/s");
    }

    private static Run Transfer(BottleneckPath path, CongestionAlgorithm algorithm, int senders, int seconds)
    {
        using var network = new Bottleneck(path, senders, algorithm, seed: 1);
        var (rates, votes, queue) = (new double[senders], new List<long>(), new List<long>());
        var (blob, startUs) = (new byte[BlobBytes], network.NowUs);
        for (var turn = 1; turn <= 50 * seconds; turn++)
        {
            foreach (var (index, sender) in network.Senders.Index())
                for (var queued = network.Statistics(index).QueuedBytes; queued < 6 << 20; queued += BlobBytes)
                    sender.Send(network.NowUs, network.Receiver.Self, MessageClass.Blob, blob);
            foreach (var sender in network.Senders)
                sender.Send(
                    network.NowUs, network.Receiver.Self, MessageClass.Vote, BitConverter.GetBytes(network.NowUs));
            network.RunUntil(startUs + turn * Second / 50);
            queue.Add(network.QueueUs);
            foreach (var (atUs, received) in network.Events)
                if (received.Class == MessageClass.Vote)
                    votes.Add(atUs - BitConverter.ToInt64(received.Message));
                else
                    rates[network.Senders.FindIndex(s => s.Self == received.Peer)] += BlobBytes / Megabyte / seconds;
            network.Events.Clear();
        }
        var statistics = network.Statistics(0);
        return new(rates, votes, queue, 100.0 * statistics.PacketsLost / statistics.PacketsOut);
    }

    // Jain's index: 1 where all have the same, 1/n where one has everything.
    private static double Fairness(double[] rates) =>
        rates.Sum() * rates.Sum() / (rates.Length * rates.Sum(rate => rate * rate));

    private static long At(List<long> values, int percent) =>
        values.Order().ElementAt(Math.Min(values.Count - 1, values.Count * percent / 100));

    private sealed record Run(double[] Rates, List<long> VoteUs, List<long> QueueUs, double LostPercent);
}

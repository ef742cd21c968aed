using Ledger.Node.Transport;

namespace Ledger.Node.Tests.Transport;

/// <summary>What arrives of what was sent, over networks that do their worst.</summary>
public class MessageTests
{
    private const long Minute = 60_000_000;

    [Test]
    public void The_longest_message_passes_a_network_that_loses_every_tenth_datagram([Range(1, 5)] int seed)
    {
        Assert.That(LongestArrives(seed, PlantedBug.None), $"seed {seed}");
        Assert.That(LongestArrives(seed, PlantedBug.NoRetransmission), Is.False, "the planted bug must be noticed");
    }

    [Test]
    public void A_thousand_small_messages_arrive_exactly_once([Range(1, 10)] int seed)
    {
        Assert.That(CountsOfThousand(seed, PlantedBug.None), Is.All.EqualTo(1), $"seed {seed}");
    }

    [Test]
    public void A_transport_that_hands_over_repeated_packets_is_caught()
    {
        const PlantedBug bugs = PlantedBug.NoDuplicateFilter | PlantedBug.NoReplayWindow;

        Assert.That(CountsOfThousand(1, bugs), Has.Some.GreaterThan(1));
    }

    [Test]
    public void Votes_overtake_a_blob_in_progress()
    {
        Assert.That(VotesBeforeBlob(PlantedBug.None), Is.EqualTo(200));
        Assert.That(VotesBeforeBlob(PlantedBug.ReversedPriority), Is.LessThan(200), "the planted bug must be noticed");
    }

    [Test]
    public void Every_length_around_a_bound_arrives_unchanged(
        [Values(0, 1, 1_149, 1_150, 1_151, 16_384, 16_385, 1_048_576, TransportLimits.MessageBytesMax)] int length,
        [Range(0, 2)] int urgency)
    {
        var messageClass = (MessageClass)urgency;
        using var network = new VirtualNetwork(length, new() { Loss = 10, JitterUs = 3_000 });
        var (a, b) = network.Pair();
        var message = Bytes(length);

        Assert.That(a.Send(b, messageClass, message));
        network.RunUntil(() => b.Received.Count > 0, Minute);

        var received = b.Received.Single();
        Assert.That(received.Class, Is.EqualTo(messageClass));
        Assert.That(received.Message, Is.EqualTo(message));
    }

    [Test]
    public void A_message_that_is_too_long_or_for_a_stranger_is_refused()
    {
        using var network = new VirtualNetwork(1);
        var (a, b) = network.Pair();
        var c = network.Add(3);

        Assert.That(a.Send(b, MessageClass.Blob, new byte[TransportLimits.MessageBytesMax + 1]), Is.False);
        Assert.That(a.Send(c, MessageClass.Vote, [1]), Is.False);
    }

    [Test]
    public void A_peer_that_does_not_answer_fills_its_queue_and_no_other()
    {
        using var network = new VirtualNetwork(1);
        var (a, b) = network.Pair();
        var c = network.Add(3);
        a.Connect(c);
        network.RunUntil(() => a.IsConnected(c) && c.IsConnected(a), Minute);
        network.Passes = (_, to, _) => !to.Equals(b.Address);

        var accepted = 0;
        while (a.Send(b, MessageClass.Blob, new byte[1 << 20]))
            accepted++;

        Assert.That(accepted, Is.EqualTo(TransportLimits.QueueBytesMax(MessageClass.Blob) >> 20));
        Assert.That(a.Send(b, MessageClass.Vote, [1]), "each class has a queue of its own");
        Assert.That(a.Send(c, MessageClass.Blob, [1]));
        network.Run(1_000_000);
        Assert.That(c.Received, Has.Count.EqualTo(1));
    }

    // At a tenth of what it is sent, a reader is as bad as one that reads nothing.
    [TestCase(0)]
    [TestCase(10)]
    public void A_peer_that_is_too_slow_to_read_its_votes_is_dropped_within_seconds_and_no_other(int percentRead)
    {
        using var network = new VirtualNetwork(1);
        var (a, slow) = network.Pair();
        var honest = network.Add(3);
        a.Connect(honest);
        network.RunUntil(() => a.IsConnected(honest) && honest.IsConnected(a), Minute);
        network.Passes = (_, to, _) => !to.Equals(slow.Address) || network.NowUs / 10_000 % 100 < percentRead;

        var (waiting, fullAfterUs, startUs) = (0, 0L, network.NowUs);
        while (a.IsConnected(slow) && network.NowUs < startUs + Minute)
        {
            waiting = Math.Max(waiting, a.Statistics.Peers.First(p => p.Peer == slow.Id).QueuedBytes);
            if (!a.Send(slow, MessageClass.Vote, new byte[1_000]) && fullAfterUs == 0)
                fullAfterUs = network.NowUs - startUs;
            a.Send(honest, MessageClass.Vote, new byte[1_000]);
            network.Run(2_000);
        }

        Assert.That(a.Events[^1], Is.EqualTo(new NetEvent.PeerDown(slow.Id, CloseReason.TooSlow, ByPeer: false)));
        Assert.That(network.NowUs - startUs - fullAfterUs, Is.LessThan(2 * TransportLimits.QueueFullUs));
        Assert.That(waiting, Is.LessThanOrEqualTo(TransportLimits.QueueBytesMax(MessageClass.Vote)));
        Assert.That(a.IsConnected(honest));
    }

    [Test]
    public void A_silent_peer_is_given_up_after_three_quarters_of_a_minute()
    {
        using var network = new VirtualNetwork(1);
        var (a, b) = network.Pair();
        network.Run(Minute);
        Assert.That(a.IsConnected(b), "keep-alive holds an idle connection");

        network.Passes = (_, to, _) => to.Equals(b.Address);
        network.Run(TransportLimits.KeepAliveUs + TransportLimits.IdleUs);

        Assert.That(a.Events[^1], Is.EqualTo(new NetEvent.PeerDown(b.Id, CloseReason.Idle, ByPeer: false)));
    }

    [Test]
    public void A_goodbye_is_heard_at_once()
    {
        using var network = new VirtualNetwork(1);
        var (a, b) = network.Pair();

        a.Endpoint.Disconnect(network.NowUs, b.Id, CloseReason.Misbehaviour);
        network.Run(100_000);

        Assert.That(a.Events[^1], Is.EqualTo(new NetEvent.PeerDown(b.Id, CloseReason.Misbehaviour, ByPeer: false)));
        Assert.That(b.Events[^1], Is.EqualTo(new NetEvent.PeerDown(a.Id, CloseReason.Misbehaviour, ByPeer: true)));
    }

    [Test]
    public void The_window_stays_below_its_bound_where_nothing_is_ever_lost()
    {
        using var network = new VirtualNetwork(1, new() { DelayUs = 50_000 });
        var (a, b) = network.Pair();
        var longest = 0;
        for (var i = 0; i < 40; i++)
        {
            while (a.Send(b, MessageClass.Blob, new byte[1 << 20]))
            {
            }
            network.Run(100_000);
            longest = Math.Max(longest, a.Statistics.Peers[0].CongestionWindow);
        }

        Assert.That(longest, Is.GreaterThan(1 << 20).And.LessThanOrEqualTo(TransportLimits.CongestionWindowMax));
        Assert.That(a.Statistics.Peers[0].PacketsLost, Is.Zero);
    }

    [Test]
    public void The_same_seed_gives_the_same_datagrams()
    {
        var first = TraceOf(7);
        var second = TraceOf(7);

        Assert.That(second, Is.EqualTo(first));
        Assert.That(TraceOf(8), Is.Not.EqualTo(first));
    }

    internal static byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    private static bool LongestArrives(int seed, PlantedBug bugs)
    {
        using var network = new VirtualNetwork(seed);
        var (a, b) = network.Pair(bugs);
        network.Faults = new() { Loss = 100 };
        var message = Bytes(TransportLimits.MessageBytesMax);
        a.Send(b, MessageClass.Chain, message);
        return network.RunUntil(() => b.Received.Count > 0, 2 * Minute)
            && b.Received[0].Message.AsSpan().SequenceEqual(message);
    }

    private static int[] CountsOfThousand(int seed, PlantedBug bugs)
    {
        using var network = new VirtualNetwork(seed);
        var (a, b) = network.Pair(bugs);
        network.Faults = new() { Loss = 100, Duplication = 100, JitterUs = 20_000 };
        for (var i = 0; i < 1_000; i++)
            a.Send(b, (MessageClass)(i % 3), BitConverter.GetBytes(i));
        network.Run(Minute);
        var counts = new int[1_000];
        foreach (var received in b.Received)
            counts[BitConverter.ToInt32(received.Message)]++;
        return counts;
    }

    private static int VotesBeforeBlob(PlantedBug bugs)
    {
        using var network = new VirtualNetwork(1);
        var (a, b) = network.Pair(bugs);
        a.Send(b, MessageClass.Blob, new byte[1 << 20]);
        network.Run(30_000);
        for (var i = 0; i < 200; i++)
            a.Send(b, MessageClass.Vote, new byte[1_000]);
        network.RunUntil(() => b.Received.Count == 201, Minute);
        return b.Received.FindIndex(received => received.Class == MessageClass.Blob);
    }

    private static string TraceOf(int seed)
    {
        var faults = new Faults { Loss = 50, Duplication = 50, Corruption = 20, JitterUs = 10_000 };
        using var network = new VirtualNetwork(seed, faults);
        var (a, b) = network.Pair();
        a.Send(b, MessageClass.Blob, Bytes(200_000));
        b.Send(a, MessageClass.Vote, Bytes(300));
        network.Run(10_000_000);
        return network.Trace;
    }
}

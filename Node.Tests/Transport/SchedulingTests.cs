using Ledger.Node.Transport;

namespace Ledger.Node.Tests.Transport;

/// <summary>Who sends first, over all peers, and what keeps anybody from taking everything.</summary>
public class SchedulingTests
{
    private const long Second = 1_000_000;

    // Attack 13: a peer that never acknowledges, or acknowledges one packet a second.
    [Test]
    public void A_peer_that_never_acknowledges_takes_bounded_memory_and_nobody_elses_votes()
    {
        using var network = new VirtualNetwork(1);
        var (a, mute) = network.Pair();
        var honest = Join(network, a, 3);
        network.Passes = (from, _, _) => !from.Equals(mute.Address);
        var taken = 0L;
        for (var i = 0; i < 200; i++)
        {
            while (a.Send(mute, MessageClass.Blob, new byte[64 << 10]))
                taken += 64 << 10;
            a.Send(honest, MessageClass.Vote, [(byte)i]);
            network.Run(20_000);
        }

        Assert.That(taken, Is.LessThanOrEqualTo(TransportLimits.QueueBytesMax(MessageClass.Blob)));
        Assert.That(honest.Received, Has.Count.GreaterThanOrEqualTo(199));
        network.Run(TransportLimits.IdleUs + TransportLimits.KeepAliveUs);
        Assert.That(a.IsConnected(mute), Is.False, "a peer that tells nothing is given up");
        Assert.That(a.IsConnected(honest));
    }

    // Attack 14: claims of long messages, and many of them at once.
    [TestCase(1L << 20)]
    [TestCase(TransportLimits.MessageBytesMax)]
    public void Claimed_lengths_take_no_memory_before_the_bytes_come(long total)
    {
        var memory = new MessageMemory();
        var queue = new ReceiveQueue(MessageClass.Blob, memory, filtersDuplicates: true);
        var id = 0;
        for (; queue.TryAdd(Part(id, total), out _); id++)
            Assert.That(queue.OpenBytes, Is.EqualTo((id + 1) * TransportLimits.SlabBytes));

        Assert.That(id, Is.EqualTo(TransportLimits.OpenBytesMax(MessageClass.Blob) / TransportLimits.SlabBytes));
    }

    // Attack 21: votes while twenty peers take blobs, one of them over a line that carries next to nothing.
    [Test]
    public void Votes_go_first_while_twenty_peers_take_blobs()
    {
        Assert.That(WorstVoteUs(PlantedBug.None), Is.LessThan(15_000));
        Assert.That(WorstVoteUs(PlantedBug.ReversedPriority), Is.GreaterThan(15_000), "the bug must be noticed");
    }

    [Test]
    public void Votes_beyond_their_budget_wait_their_turn()
    {
        var budget = new UrgentBudget();
        var (nowUs, sent) = (10 * Second, 0);
        for (; budget.IsDue(nowUs); sent++)
            budget.OnSent(nowUs, 200);

        // A burst of two seconds, then so many a second.
        Assert.That(sent, Is.EqualTo(2 * TransportLimits.UrgentMessagesPerSecond + 1));
        Assert.That(budget.DueUs, Is.EqualTo(nowUs + Second / TransportLimits.UrgentMessagesPerSecond));
    }

    [Test]
    public void Blobs_give_way_while_votes_travel_and_recover_when_the_queue_is_gone()
    {
        const int rate = 1_000_000;
        var yields = new BlobYield(new());
        yields.Observe(Second, othersActive: false, TransportLimits.YieldAboveUs + 1);
        Assert.That(yields.ShareOf(rate), Is.EqualTo(rate), "to nobody");
        yields.Observe(2 * Second, othersActive: true, TransportLimits.YieldAboveUs + 1);
        Assert.That(yields.ShareOf(rate), Is.EqualTo(rate / 2));
        yields.Observe(3 * Second, othersActive: true, TransportLimits.RecoverBelowUs + 1);
        Assert.That(yields.ShareOf(rate), Is.EqualTo(rate / 2), "not yet gone");
        yields.Observe(4 * Second, othersActive: true, TransportLimits.RecoverBelowUs);
        Assert.That(yields.ShareOf(rate), Is.EqualTo(rate));
    }

    [Test]
    public void A_packet_that_was_only_late_widens_the_threshold_up_to_its_bound()
    {
        var late = new LateArrivals();
        late.OnLost(10);
        late.OnAcked(10, 11, largestAcked: 17);
        Assert.That(late.Threshold, Is.EqualTo(8));

        late.OnLost(20);
        late.OnAcked(20, 21, largestAcked: 500);
        Assert.That(late.Threshold, Is.EqualTo(TransportLimits.PacketThresholdMax));
    }

    private static long WorstVoteUs(PlantedBug bugs)
    {
        using var network = new VirtualNetwork(1);
        var a = network.Add(1, bugs: bugs);
        var peers = Enumerable.Range(2, 20).Select(n => network.Add(n)).ToList();
        peers.ForEach(peer => a.Connect(peer));
        network.RunUntil(() => peers.TrueForAll(a.IsConnected), 20 * Second);
        var slow = peers[0];
        var passed = 0;
        network.Passes = (_, to, _) => !to.Equals(slow.Address) || passed++ % 100 == 0;
        var worstUs = 0L;
        for (var turn = 0; turn < 3; turn++)
        {
            foreach (var peer in peers)
                a.Send(peer, MessageClass.Blob, new byte[1 << 20]);
            var (sentUs, before) = (network.NowUs, Votes(peers[^1]));
            a.Send(peers[^1], MessageClass.Vote, [1]);
            network.RunUntil(() => Votes(peers[^1]) > before, Second);
            worstUs = Math.Max(worstUs, network.NowUs - sentUs);
        }
        return worstUs;
    }

    private static int Votes(VirtualNode node) => node.Received.Count(r => r.Class == MessageClass.Vote);

    private static VirtualNode Join(VirtualNetwork network, VirtualNode a, int number)
    {
        var node = network.Add(number);
        a.Connect(node);
        network.RunUntil(() => a.IsConnected(node) && node.IsConnected(a), 20 * Second);
        return node;
    }

    private static MessageFrame Part(int id, long total) => new()
    {
        Class = MessageClass.Blob,
        IsPart = true,
        Id = id,
        Offset = 0,
        Total = total,
        Data = new byte[1],
    };
}

using System.Net;
using Ledger.Learning;
using Ledger.Node.Bench;
using Ledger.Node.Host;

namespace Ledger.Node.Tests.Bench;

/// <summary>The network in user space: what it promises about each link in virtual time, and once with real
/// sockets.</summary>
public class UdpRelayTests
{
    private const long PatienceUs = 10_000_000;

    [Test]
    public void A_link_delays_by_what_its_path_says()
    {
        var link = new RelayLink(new SplitMix64(1));
        link.Enter(1_000, new() { DelayUs = 25_000 }, new byte[100]);

        Assert.That(link.DueUs, Is.EqualTo(26_000));
        Assert.That(link.Leave(25_999, new byte[2_000], out _), Is.Zero);
        Assert.That(link.Leave(26_000, new byte[2_000], out _), Is.EqualTo(100));
    }

    [Test]
    public void A_bottleneck_spaces_datagrams_and_drops_what_its_queue_cannot_hold()
    {
        var link = new RelayLink(new SplitMix64(1));
        var path = new RelayPath { BytesPerSecond = 1_000_000, QueueBytes = 3_000 };
        for (var i = 0; i < 5; i++)
            link.Enter(0, path, new byte[1_000]);

        Assert.That(link.Leave(1_000, new byte[9_000], out _), Is.EqualTo(1_000));
        Assert.That(link.Leave(9_999, new byte[9_000], out _), Is.EqualTo(2_000));
        Assert.That(link.Leave(9_999, new byte[9_000], out _), Is.Zero, "two of five had no room");
    }

    [Test]
    public void The_same_seed_loses_the_same_datagrams()
    {
        var first = Survivors(7);
        var second = Survivors(7);

        Assert.That(second, Is.EqualTo(first).And.Not.EqualTo(Survivors(8)));
        Assert.That(first, Has.Count.InRange(850, 950));
    }

    [Test]
    public void A_batch_holds_equal_datagrams_and_a_shorter_last_one()
    {
        var link = new RelayLink(new SplitMix64(1));
        foreach (var length in (int[])[1_200, 1_200, 700, 1_200])
            link.Enter(0, new(), new byte[length]);

        Assert.That(link.Leave(0, new byte[9_000], out var segment), Is.EqualTo(3_100));
        Assert.That(segment, Is.EqualTo(1_200));
        Assert.That(link.Leave(0, new byte[9_000], out _), Is.EqualTo(1_200));
    }

    [Test]
    public void Members_that_are_apart_do_not_reach_each_other()
    {
        using var a = new UdpSocket(new(IPAddress.Loopback, 0), BatchSelfTest.Passed);
        using var b = new UdpSocket(new(IPAddress.Loopback, 0), BatchSelfTest.Passed);
        using var relay = new UdpRelay([a.LocalAddress, b.LocalAddress], new(), seed: 1) { Apart = 1 };
        using var poll = new PollSet(b);
        a.Send(relay.Front(1), [1], segmentBytes: 1);
        for (var left = 1_000; left > 0 && relay.Count(0, 1).Dropped == 0; left--)
            poll.Wait(PatienceUs / 1_000);
        Assert.That(relay.Count(0, 1), Is.EqualTo((0L, 1L)));

        relay.Apart = 0;
        a.Send(relay.Front(1), [2], segmentBytes: 1);
        poll.Wait(PatienceUs);

        Assert.That(b.TryReceive(out var arrived));
        Assert.That(arrived.Bytes.ToArray(), Is.EqualTo(new byte[] { 2 }));
        Assert.That(arrived.From, Is.EqualTo(relay.Front(0)), "it comes from where its sender is reached");
    }

    private static List<int> Survivors(ulong seed)
    {
        var link = new RelayLink(new SplitMix64(seed));
        var survivors = new List<int>();
        for (var i = 0; i < 1_000; i++)
        {
            link.Enter(i, new() { LossPerMille = 100 }, new byte[10]);
            if (link.Leave(i, new byte[10], out _) > 0)
                survivors.Add(i);
        }
        return survivors;
    }
}

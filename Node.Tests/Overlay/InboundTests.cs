using System.Net;
using Ledger.Consensus.Crypto;
using Ledger.Node.Overlay;
using Ledger.Node.Transport;

namespace Ledger.Node.Tests.Overlay;

/// <summary>Who is let in, who must go for it, and who is kept out.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public class InboundTests
{
    private readonly PeerBook book = new(SomeMessages.Peer(0), seed: 1, [SomeMessages.Known(500)]);
    private int last;

    private PeerId Enter(byte first, int second, ulong now, bool inbound = true)
    {
        var id = SomeMessages.Peer(++last);
        var reason = book.Connect(id, new(new IPAddress([first, (byte)second, (byte)last, 1]), 9_000), inbound, now);
        Assert.That(reason, Is.Null);
        return id;
    }

    private HashSet<PeerId> EnterAll(int count, byte first, Func<int, int> second, ulong now) =>
        [.. Enumerable.Range(0, count).Select(i => Enter(first, second(i), now + (ulong)i))];

    [Test]
    public void Neither_the_oldest_nor_the_most_useful_give_way_even_if_they_are_of_one_network()
    {
        var oldest = EnterAll(OverlayLimits.OldestKept, 20, _ => 1, now: 0);
        var others = EnterAll(OverlayLimits.InboundMax - 32, 40, i => i, now: 100);
        var useful = EnterAll(OverlayLimits.MostUsefulKept, 20, _ => 2, now: 200);
        foreach (var peer in useful)
            for (var i = 0; i < 10; i++)
                book.Scores.Reward(peer, 200);

        var gone = book.Surplus(Enter(60, 1, 300), 300);

        Assert.That(oldest, Does.Not.Contain(gone));
        Assert.That(useful, Does.Not.Contain(gone));
        Assert.That(others, Does.Contain(gone));
    }

    [Test]
    public void The_youngest_of_the_network_with_the_most_peers_gives_way()
    {
        EnterAll(32, 20, i => i, now: 0);
        var crowd = EnterAll(3, 40, _ => 1, now: 100);
        EnterAll(OverlayLimits.InboundMax - 35, 60, i => i, now: 200);

        Assert.That(book.Surplus(Enter(80, 1, 300), 300), Is.EqualTo(crowd.Last()));
    }

    [Test]
    public void On_a_private_network_any_number_comes_from_one_address()
    {
        for (var i = 1; i <= 2 * OverlayLimits.InboundPerNetworkMax; i++)
            Assert.That(book.Connect(
                SomeMessages.Peer(i), new(IPAddress.Parse("10.1.1.1"), i), inbound: true, 0), Is.Null);
    }

    [Test]
    public void Bans_of_peers_behind_one_private_address_are_nobody_elses()
    {
        for (var i = 1; i <= 2 * OverlayLimits.BannedPerHostMax; i++)
        {
            var address = new IPEndPoint(IPAddress.Parse("10.1.1.1"), i);
            Assert.That(book.Connect(SomeMessages.Peer(i), address, inbound: true, 0), Is.Null);
            book.Penalise(SomeMessages.Peer(i), Misdeed.Malformed, 0);
            book.Disconnect(SomeMessages.Peer(i), 0);
        }
    }

    [Test]
    public void One_connection_of_our_own_more_than_we_want_is_refused()
    {
        for (var i = 0; i < OverlayLimits.OutboundMax; i++)
            Enter(20, i, 0, inbound: false);

        Assert.That(book.Connect(SomeMessages.Peer(900), new(IPAddress.Parse("30.1.1.1"), 1), inbound: false, 0),
            Is.EqualTo(CloseReason.TooManyPeers));
    }

    [Test]
    public void Only_who_is_connected_and_not_banned_is_heard()
    {
        var (peer, other) = (Enter(20, 1, 0), Enter(20, 2, 0));
        Assert.That(book.Hears(peer, 0));

        book.Penalise(peer, Misdeed.Malformed, 0);
        book.Disconnect(other, 0);

        Assert.That(book.Hears(peer, 0), Is.False, "banned, while its connection is not closed yet");
        Assert.That(book.Hears(other, 0), Is.False);
    }

    [Test]
    public void What_a_person_wrote_down_stays_wherever_the_peer_calls_from()
    {
        var named = SomeMessages.Known(500);
        book.Connect(named.Id, new(IPAddress.Parse("20.1.1.1"), 1), inbound: true, 0);
        book.Move(named.Id, new(IPAddress.Parse("20.1.1.1"), 2));

        Assert.That(book.Find(named.Id)!.Address, Is.EqualTo(named.Address));
    }
}

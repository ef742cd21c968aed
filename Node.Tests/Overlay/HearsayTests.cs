using System.Net;
using Ledger.Node.Overlay;

namespace Ledger.Node.Tests.Overlay;

/// <summary>How little a peer's word of others can change.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public class HearsayTests
{
    private readonly PeerBook book = new(SomeMessages.Peer(0), seed: 1, []);

    private static KnownPeer At(int number, byte first = 20) => new(
        SomeMessages.Peer(number), new(new IPAddress([first, (byte)(number & 255), (byte)(number >> 8), 1]), 9_000));

    // Far from one another, in networks of their own.
    private static IEnumerable<KnownPeer> Far(int from, int count) => Enumerable.Range(from, count)
        .Select(i => At(i, (byte)(20 + (i >> 8) % 80)));

    private void Tell(int teller, IEnumerable<KnownPeer> peers, byte first = 110)
    {
        book.Connect(SomeMessages.Peer(teller), At(teller, first).Address, inbound: true, 0);
        foreach (var part in peers.Chunk(OverlayLimits.PeersPerMessageMax))
            book.Learn(SomeMessages.Peer(teller), part, 0);
    }

    [Test]
    public void What_nobody_has_tried_yet_is_not_pushed_out_by_more_of_the_kind()
    {
        Tell(9_000, Far(1, 300));
        var before = book.Entries.Select(e => e.Id).ToList();
        Tell(9_000, Far(301, 6_000));

        Assert.That(book.Entries.Select(e => e.Id), Is.SupersetOf(before));
    }

    // However much one tells, those that others tell of are dialled as well.
    [Test]
    public void Each_bucket_has_the_same_chance_however_full_it_is()
    {
        Tell(9_000, Far(1, 3_000));
        Tell(9_001, Enumerable.Range(4_000, 40).Select(i => At(i, 130)), first: 120);

        Assert.That(book.ToDial(0).Count(p => p.Address.Address.GetAddressBytes()[0] == 130), Is.AtLeast(3));
    }

    [Test]
    public void A_network_that_we_are_connected_to_is_not_dialled_once_more()
    {
        book.Connect(At(1).Id, At(1).Address, inbound: false, 0);
        var neighbour = new KnownPeer(SomeMessages.Peer(2), new(new IPAddress([20, 1, 9, 9]), 9_000));
        Tell(9_000, [neighbour]);

        Assert.That(book.Entries.Select(e => e.Id), Does.Contain(neighbour.Id));
        Assert.That(book.ToDial(0), Is.Empty);
    }

    [Test]
    public void Of_a_banned_peer_nothing_is_learnt_and_nobody_makes_us_dial_it()
    {
        book.Scores.Penalise(At(1).Id, Misdeed.Malformed, 0);
        Tell(9_000, [At(1), At(2)]);
        var teller = book.Find(SomeMessages.Peer(9_000))!;

        Assert.That(book.Find(At(1).Id), Is.Null);
        Assert.That(book.MayDial(At(1), teller, 0), Is.False);
        Assert.That(book.MayDial(At(2), teller, 0));
    }

    [Test]
    public void What_never_answers_is_forgotten_after_some_attempts()
    {
        Tell(9_000, [At(1)]);
        for (var i = 0; i < OverlayLimits.DialFailuresMax; i++)
        {
            Assert.That(book.Find(At(1).Id), Is.Not.Null);
            book.ToDial((ulong)i * 100_000);
            book.Disconnect(At(1).Id, (ulong)i * 100_000);
        }

        Assert.That(book.Find(At(1).Id), Is.Null);
    }

    [Test]
    public void The_address_of_a_peer_that_we_met_gives_way_after_three_failures_and_not_before()
    {
        book.Connect(At(1).Id, At(1).Address, inbound: false, 0);
        foreach (var moved in (bool[])[false, false, true])
        {
            book.Disconnect(At(1).Id, 0);
            Tell(9_000, [At(1, 30)]);
            Assert.That(book.Find(At(1).Id)!.Address.Equals(At(1, 30).Address), Is.EqualTo(moved));
            book.ToDial(1_000_000);
        }
    }

    [Test]
    public void A_peer_that_we_met_within_the_day_is_not_given_up_however_often_it_fails()
    {
        var met = new PeerEntry(At(1).Id, At(1).Address, null, false) { LastSuccessMs = 0, Failures = 9 };

        Assert.That(met.IsHopeless(OverlayLimits.PassOnMs - 1), Is.False);
        Assert.That(met.IsHopeless(OverlayLimits.PassOnMs));
    }

    [Test]
    public void An_anchor_that_does_not_answer_is_soon_a_peer_like_others()
    {
        var anchor = new PeerEntry(At(1).Id, At(1).Address, null, false) { Anchor = true };
        for (var i = 0; i < OverlayLimits.AnchorTriesMax; i++)
        {
            anchor = anchor.AfterFailure(0, 0);
            Assert.That(anchor.Anchor);
        }

        Assert.That(anchor.AfterFailure(0, 0).Anchor, Is.False);
    }

    [Test]
    public void No_more_is_passed_on_than_one_message_holds()
    {
        for (var i = 1; i <= 2 * OverlayLimits.PeersPerMessageMax; i++)
            book.Connect(At(i).Id, At(i).Address, inbound: true, 0);

        Assert.That(book.PassOn(SomeMessages.Peer(0), 0), Has.Count.EqualTo(OverlayLimits.PeersPerMessageMax));
    }

    [Test]
    public void A_line_from_a_time_to_come_is_of_now()
    {
        book.Import([$"{At(1)} 10000 met"], nowMs: 100);

        Assert.That(book.Find(At(1).Id)!.LastSuccessMs, Is.EqualTo(100));
    }

    [Test]
    public void What_was_asked_on_an_earlier_connection_is_not_answered_on_the_next()
    {
        Tell(9_000, []);
        var exchange = new PeerExchange(book);
        Assert.That(exchange.Tick(0), Has.Count.EqualTo(1));
        exchange.Left(SomeMessages.Peer(9_000));

        Assert.That(exchange.Learn(SomeMessages.Peer(9_000), new([At(1)]), 1),
            Is.EqualTo(new[] { new OverlayEffect.Penalise(SomeMessages.Peer(9_000), Misdeed.Unsolicited) }));
    }
}

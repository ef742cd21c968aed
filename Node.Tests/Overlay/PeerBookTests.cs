using System.Net;
using Ledger.Node.Overlay;

namespace Ledger.Node.Tests.Overlay;

/// <summary>Whom we dial and whom we pass on, with liars among those who tell us.</summary>
public class PeerBookTests
{
    private static PeerBook Book(params int[] bootstrap) =>
        new(SomeMessages.Peer(0), seed: 1, bootstrap.Select(SomeMessages.Known));

    private static IEnumerable<KnownPeer> Known(int from, int count) =>
        Enumerable.Range(from, count).Select(SomeMessages.Known);

    [Test]
    public void The_bootstrap_list_is_dialled_first_and_for_ever()
    {
        var book = Book(1, 2);
        book.Learn(SomeMessages.Peer(9), Known(100, 50), 0);

        Assert.That(book.ToDial(0).Take(2).Select(p => p.Id),
            Is.EquivalentTo(new[] { SomeMessages.Peer(1), SomeMessages.Peer(2) }));
        for (ulong now = 0; now < 10_000_000; now += 100_000)
        {
            book.ToDial(now);
            book.Disconnect(SomeMessages.Peer(1), now);
        }
        Assert.That(book.ToDial(20_000_000).Select(p => p.Id), Does.Contain(SomeMessages.Peer(1)));
    }

    [Test]
    public void Pauses_between_attempts_at_hearsay_double_up_to_a_minute()
    {
        var book = Book();
        book.Learn(SomeMessages.Peer(9), [SomeMessages.Known(1)], 0);
        var pauses = Pauses(book, attempts: OverlayLimits.DialFailuresMax - 1);
        Assert.That(pauses[..5].Zip(pauses[1..6]), Has.All.Matches<(ulong, ulong)>(p => p.Item2 > p.Item1));
        Assert.That(pauses[^1], Is.InRange(60_000UL, 61_100UL));
    }

    // 30: after ten minutes of partition the halves must find each other within five seconds.
    [Test]
    public void Whom_a_person_named_and_whom_we_lost_within_the_hour_is_tried_every_few_seconds()
    {
        Assert.That(Pauses(Book(1), attempts: 9), Is.All.LessThanOrEqualTo(3_100UL));
        var book = Book();
        book.Learn(SomeMessages.Peer(9), [SomeMessages.Known(1)], 0);
        book.ToDial(0);
        book.Connect(SomeMessages.Peer(1), SomeMessages.Known(1).Address, inbound: false, 0);
        Assert.That(Pauses(book, attempts: 100), Is.All.LessThanOrEqualTo(3_100UL));
    }

    private static List<ulong> Pauses(PeerBook book, int attempts)
    {
        var pauses = new List<ulong>();
        ulong now = 0;
        for (var i = 0; i < attempts; i++)
        {
            var failed = now;
            book.ToDial(now);
            book.Disconnect(SomeMessages.Peer(1), now);
            while (book.ToDial(now).Count == 0)
                now += 100;
            pauses.Add(now - failed);
        }
        return pauses;
    }

    [Test]
    public void Never_more_than_the_outbound_limit_and_never_ourselves()
    {
        var book = Book(0, 1);
        book.Learn(SomeMessages.Peer(9), Known(0, 60), 0);
        var dialled = book.ToDial(0);

        Assert.That(dialled, Has.Count.EqualTo(OverlayLimits.OutboundMax));
        Assert.That(dialled.Select(p => p.Id), Does.Not.Contain(SomeMessages.Peer(0)));
        Assert.That(book.ToDial(1), Is.Empty);
        Assert.That(book.Connect(SomeMessages.Peer(0), SomeMessages.Known(0).Address, inbound: true, 0), Is.False);
    }

    [Test]
    public void A_dial_that_says_nothing_makes_room_for_another()
    {
        var book = Book();
        book.Learn(SomeMessages.Peer(9), Known(1, 40), 0);
        var first = book.ToDial(0).Select(p => p.Id).ToList();

        var second = book.ToDial(OverlayLimits.DialTimeoutMs).Select(p => p.Id).ToList();

        Assert.That(second, Has.Count.EqualTo(OverlayLimits.OutboundMax));
        Assert.That(second.Intersect(first), Is.Empty);
    }

    [Test]
    public void Only_peers_we_met_are_passed_on()
    {
        var book = Book();
        book.Learn(SomeMessages.Peer(9), Known(1, 40), 0);
        book.Connect(SomeMessages.Peer(3), SomeMessages.Known(3).Address, inbound: false, 0);
        book.Connect(SomeMessages.Peer(4), SomeMessages.Known(4).Address, inbound: true, 0);
        book.Disconnect(SomeMessages.Peer(4), 0);

        Assert.That(book.PassOn(SomeMessages.Peer(9), 1).Select(p => p.Id),
            Is.EqualTo(new[] { SomeMessages.Peer(3), SomeMessages.Peer(4) }));
        Assert.That(book.PassOn(SomeMessages.Peer(3), OverlayLimits.PassOnMs).Select(p => p.Id), Is.Empty);
    }

    [Test]
    public void One_source_cannot_fill_the_book_and_many_cannot_overfill_it()
    {
        var book = Book(1);
        for (var i = 0; i < 20; i++)
            book.Learn(SomeMessages.Peer(9), Known(1_000 + 50 * i, 50), 0);
        Assert.That(book.Entries, Has.Count.EqualTo(1 + OverlayLimits.LearntPerSourceMax));

        book.Connect(SomeMessages.Peer(2), SomeMessages.Known(2).Address, inbound: false, 0);
        for (var i = 0; i < 100; i++)
            book.Learn(SomeMessages.Peer(10 + i), Known(2_000 + 50 * i, 50), 0);
        Assert.That(book.Entries, Has.Count.EqualTo(OverlayLimits.KnownPeersMax));
        Assert.That(book.Entries.Select(e => e.Id),
            Is.SupersetOf(new[] { SomeMessages.Peer(1), SomeMessages.Peer(2) }));
    }

    [Test]
    public void Hearsay_does_not_replace_an_address_that_works()
    {
        var elsewhere = new IPEndPoint(IPAddress.Loopback, 1);
        var book = Book(1);
        book.Connect(SomeMessages.Peer(2), SomeMessages.Known(2).Address, inbound: false, 0);
        book.Learn(
            SomeMessages.Peer(9), [new(SomeMessages.Peer(1), elsewhere), new(SomeMessages.Peer(2), elsewhere)], 0);

        Assert.That(book.Entries.Select(e => e.Address), Does.Not.Contain(elsewhere));
    }

    [Test]
    public void A_false_first_address_gives_way_after_one_failure()
    {
        var book = Book();
        book.Learn(SomeMessages.Peer(9), [new(SomeMessages.Peer(2), new(IPAddress.Loopback, 1))], 0);
        book.ToDial(0);
        book.Disconnect(SomeMessages.Peer(2), 0);
        book.Learn(SomeMessages.Peer(8), [SomeMessages.Known(2)], 0);

        Assert.That(book.ToDial(60_000), Is.EqualTo(new[] { SomeMessages.Known(2) }));
    }

    [Test]
    public void A_banned_peer_is_neither_dialled_nor_let_in_nor_passed_on_until_the_ban_ends()
    {
        var book = Book(1);
        book.Connect(SomeMessages.Peer(1), SomeMessages.Known(1).Address, inbound: false, 0);
        Assert.That(book.Penalise(SomeMessages.Peer(1), Misdeed.BadBlock, 0), Is.False);
        Assert.That(book.Penalise(SomeMessages.Peer(1), Misdeed.BadBlock, 0), Is.True);
        book.Disconnect(SomeMessages.Peer(1), 0);

        Assert.That(book.ToDial(OverlayLimits.BanMs - 1), Is.Empty);
        Assert.That(book.Connect(SomeMessages.Peer(1), SomeMessages.Known(1).Address, inbound: true, 1), Is.False);
        Assert.That(book.PassOn(SomeMessages.Peer(2), 1), Is.Empty);
        Assert.That(book.ToDial(OverlayLimits.BanMs), Has.Count.EqualTo(1));
    }

    [Test]
    public void Points_fade_by_half_in_ten_minutes()
    {
        var scores = new PeerScores();
        scores.Penalise(SomeMessages.Peer(1), Misdeed.BadBlock, 0);
        var points = Misdeed.BadBlock.Points();

        Assert.That(scores.PointsOf(SomeMessages.Peer(1), OverlayLimits.PointsHalfLifeMs), Is.EqualTo(points / 2));
        Assert.That(scores.PointsOf(SomeMessages.Peer(1), OverlayLimits.PointsHalfLifeMs / 2),
            Is.EqualTo(points * 3 / 4));
        Assert.That(scores.Penalise(SomeMessages.Peer(1), Misdeed.BadBlock, OverlayLimits.PointsHalfLifeMs), Is.False);
        Assert.That(scores.PointsOf(SomeMessages.Peer(1), ulong.MaxValue), Is.Zero);
    }

    [Test]
    public void A_crowd_of_small_offenders_does_not_lift_a_ban()
    {
        var scores = new PeerScores();
        scores.Penalise(SomeMessages.Peer(0), Misdeed.Malformed, 0);
        for (var i = 1; i < 5_000; i++)
            scores.Penalise(SomeMessages.Peer(i), Misdeed.TimedOut, 1);

        Assert.That(scores.Count, Is.EqualTo(OverlayLimits.ScoredPeersMax));
        Assert.That(scores.IsBanned(SomeMessages.Peer(0), 2), Is.True);
    }

    [Test]
    public void The_peers_we_met_come_back_from_their_lines_and_nonsense_is_left_out()
    {
        var book = Book();
        book.Connect(SomeMessages.Peer(1), SomeMessages.Known(1).Address, inbound: false, 7);
        book.Connect(SomeMessages.Peer(2), new(IPAddress.IPv6Loopback, 5), inbound: true, 8);
        book.Learn(SomeMessages.Peer(1), Known(3, 5), 9);
        var lines = book.Export();

        var later = Book();
        var bad = later.Import(
            [.. lines, "", "nonsense 5", $"{SomeMessages.Known(4)} -1", $"{SomeMessages.Known(0)} 1"], 100);

        Assert.That(lines, Has.Count.EqualTo(2));
        Assert.That(bad, Is.EqualTo(3));
        Assert.That(later.Export(), Is.EqualTo(lines));
        Assert.That(later.ToDial(100).Select(p => p.Id),
            Is.EquivalentTo(new[] { SomeMessages.Peer(1), SomeMessages.Peer(2) }));
    }
}

using System.Net;
using Ledger.Node.Overlay;
using Ledger.Node.Transport;

namespace Ledger.Node.Tests.Overlay;

/// <summary>Whom we dial and whom we pass on, with liars among those who tell us.</summary>
public class PeerBookTests
{
    private static PeerBook Book(params int[] bootstrap) =>
        new(SomeMessages.Peer(0), seed: 1, bootstrap.Select(SomeMessages.Known));

    private static PeerBook Told(PeerBook book, int teller, IEnumerable<KnownPeer> peers, ulong now = 0)
    {
        book.Connect(SomeMessages.Peer(teller), SomeMessages.Known(teller).Address, inbound: true, now);
        book.Learn(SomeMessages.Peer(teller), peers, now);
        return book;
    }

    // One address in each of many public networks.
    private static KnownPeer Public(int number) => new(
        SomeMessages.Peer(number),
        new(new IPAddress([(byte)(20 + (number >> 8) % 80), (byte)(number & 255), 1, 1]), 9_000));

    private static IEnumerable<KnownPeer> Publics(int from, int count) => Enumerable.Range(from, count).Select(Public);

    private static IEnumerable<KnownPeer> Known(int from, int count) =>
        Enumerable.Range(from, count).Select(SomeMessages.Known);

    [Test]
    public void The_bootstrap_list_is_dialled_first_and_for_ever()
    {
        var book = Book(1, 2);
        Told(book, 9, Known(100, 50));

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
        Told(book, 9, [SomeMessages.Known(1)]);
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
        Told(book, 9, [SomeMessages.Known(1)]);
        book.ToDial(0);
        book.Connect(SomeMessages.Peer(1), SomeMessages.Known(1).Address, inbound: false, 0);
        Assert.That(Pauses(book, attempts: 100), Is.All.LessThanOrEqualTo(3_100UL));
    }

    [Test]
    public void Who_hangs_up_at_once_is_called_ever_more_rarely_until_a_connection_has_lasted()
    {
        var (book, now) = (Book(1), 0UL);
        var pauses = Enumerable.Range(0, 9).Select(_ => Pause(lastsMs: 10)).ToList();
        Pause(OverlayLimits.SettledMs);

        Assert.That(pauses[..5].Zip(pauses[1..6]), Has.All.Matches<(ulong, ulong)>(p => p.Item2 > p.Item1));
        Assert.That(pauses[^1], Is.InRange(60_000UL, 61_100UL));
        Assert.That(Pause(10), Is.LessThanOrEqualTo(3_100UL));

        ulong Pause(ulong lastsMs)
        {
            var ended = now;
            while (book.ToDial(now).Count == 0)
                now += 100;
            var pause = now - ended;
            book.Connect(SomeMessages.Peer(1), SomeMessages.Known(1).Address, inbound: false, now);
            now += lastsMs;
            book.Disconnect(SomeMessages.Peer(1), now);
            return pause;
        }
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
        var book = Told(Book(0, 1), 9, Publics(0, 60));
        var dialled = book.ToDial(0);

        Assert.That(dialled, Has.Count.EqualTo(OverlayLimits.OutboundMax + 1), "and one to see whether it answers");
        Assert.That(dialled.Select(p => p.Id), Does.Not.Contain(SomeMessages.Peer(0)));
        Assert.That(book.ToDial(1), Is.Empty);
        Assert.That(book.Connect(SomeMessages.Peer(0), SomeMessages.Known(0).Address, inbound: true, 0), Is.Not.Null);
    }

    [Test]
    public void A_dial_that_says_nothing_makes_room_for_another()
    {
        var book = Told(Book(), 9, Publics(1, 40));
        var first = book.ToDial(0).Select(p => p.Id).ToList();

        var second = book.ToDial(OverlayLimits.DialTimeoutMs).Select(p => p.Id).ToList();

        Assert.That(second, Has.Count.EqualTo(OverlayLimits.OutboundMax));
        Assert.That(second.Intersect(first), Is.Empty);
    }

    [Test]
    public void Only_peers_we_met_are_passed_on()
    {
        var book = Told(Book(), 9, Known(10, 40));
        book.Connect(SomeMessages.Peer(3), SomeMessages.Known(3).Address, inbound: false, 0);
        book.Connect(SomeMessages.Peer(4), SomeMessages.Known(4).Address, inbound: true, 0);
        book.Disconnect(SomeMessages.Peer(4), 0);

        Assert.That(book.PassOn(SomeMessages.Peer(9), 1).Select(p => p.Id),
            Is.EqualTo(new[] { SomeMessages.Peer(3), SomeMessages.Peer(4) }));
        book.Disconnect(SomeMessages.Peer(9), 0);
        Assert.That(book.PassOn(SomeMessages.Peer(3), OverlayLimits.PassOnMs).Select(p => p.Id), Is.Empty);
    }

    // Attack 25: a million addresses from one network group.
    [Test]
    public void One_network_group_cannot_fill_the_book()
    {
        var book = new PeerBook(SomeMessages.Peer(0), seed: 1, [SomeMessages.Known(1)]);
        var teller = Public(9);
        book.Connect(teller.Id, teller.Address, inbound: true, 0);
        for (var i = 0; i < 400; i++)
            book.Learn(teller.Id, Publics(1_000 + 50 * i, 50), 0);
        var most = OverlayLimits.NewBucketsPerSource * OverlayLimits.BucketSize;
        Assert.That(book.Entries, Has.Count.InRange(most / 4, 2 + most));

        book.Learn(teller.Id, Publics(1_000, OverlayLimits.PeersPerMessageMax + 1).Reverse(), 0);
        Assert.That(book.Entries.Select(e => e.Id), Is.SupersetOf(new[] { SomeMessages.Peer(1), teller.Id }));
    }

    // Attack 25: one message brings 64 addresses, whatever it holds.
    [Test]
    public void More_addresses_than_fit_into_a_message_are_not_even_looked_at()
    {
        var book = Told(Book(), 9, Publics(100, 10_000));

        Assert.That(book.Entries, Has.Count.LessThanOrEqualTo(1 + OverlayLimits.PeersPerMessageMax));
    }

    // Attack 25: addresses that would have us knock on our own machine or network, on nobody, or on ourselves.
    [TestCase("127.0.0.1"), TestCase("10.1.2.3"), TestCase("172.31.0.1"), TestCase("192.168.7.7")]
    [TestCase("169.254.1.1"), TestCase("100.64.0.1"), TestCase("224.0.0.1"), TestCase("255.255.255.255")]
    [TestCase("0.0.0.0"), TestCase("0.1.2.3"), TestCase("::"), TestCase("::1"), TestCase("fe80::1")]
    [TestCase("fd00::1"), TestCase("ff02::1")]
    public void An_address_that_cannot_be_meant_is_not_learnt_from_outside(string address)
    {
        var book = Book();
        book.Connect(Public(9).Id, Public(9).Address, inbound: true, 0);
        book.Learn(Public(9).Id, [new(SomeMessages.Peer(5), new(IPAddress.Parse(address), 9_000)), Public(6)], 0);
        book.Learn(Public(9).Id, [new(SomeMessages.Peer(0), Public(7).Address)], 0);

        Assert.That(book.Entries.Select(e => e.Id), Is.EquivalentTo(new[] { Public(9).Id, Public(6).Id }));
    }

    [Test]
    public void A_network_group_is_dialled_once_and_a_private_one_twice_but_one_machine_without_bounds()
    {
        var group = Enumerable.Range(1, 20)
            .Select(i => new KnownPeer(SomeMessages.Peer(i), new(new IPAddress([20, 1, (byte)i, 1]), 9_000)));
        var book = Book();
        book.Connect(Public(900).Id, Public(900).Address, inbound: true, 0);
        book.Learn(Public(900).Id, group, 0);
        Assert.That(book.ToDial(0), Has.Count.EqualTo(OverlayLimits.OutboundPerGroupMax));

        Assert.That(Told(Book(), 900, Known(1, 20)).ToDial(0), Has.Count.EqualTo(2));

        var local = Book();
        local.Connect(SomeMessages.Peer(99), new(IPAddress.Loopback, 99), inbound: true, 0);
        local.Learn(SomeMessages.Peer(99),
            Enumerable.Range(1, 10).Select(i => new KnownPeer(SomeMessages.Peer(i), new(IPAddress.Loopback, i))), 0);
        Assert.That(local.ToDial(0), Has.Count.EqualTo(10));
    }

    [Test]
    public void One_host_and_one_network_have_few_inbound_places_and_a_late_crowd_does_not_push_out_the_old()
    {
        var book = Book();
        bool Enters(int number, string address, ulong now) => book.Connect(
            SomeMessages.Peer(number), new(IPAddress.Parse(address), number), inbound: true, now) is null;

        Assert.That(Enumerable.Range(1, 5).Count(i => Enters(i, "20.1.1.1", 0)), Is.EqualTo(2));
        Assert.That(Enumerable.Range(10, 20).Count(i => Enters(i, $"20.2.2.{i}", 0)), Is.EqualTo(8));
        for (var i = 0; i < 300; i++)
        {
            var number = 100 + i;
            if (Enters(number, $"{40 + i % 4}.{i % 20}.{i}.1".Replace($".{i}.", $".{i % 250}."), 1_000 + (ulong)i)
                && book.Surplus(SomeMessages.Peer(number), 2_000) is { } gone)
                book.Disconnect(gone, 2_000);
        }

        Assert.That(book.Connected.Count(), Is.LessThanOrEqualTo(OverlayLimits.InboundMax));
        Assert.That(book.Connected.Count(e => e.ConnectedMs == 0), Is.EqualTo(10), "the old have stayed");
    }

    [Test]
    public void A_tried_peer_is_tested_before_another_takes_its_place()
    {
        var book = Book();
        for (var i = 1; i <= 2_000; i++)
        {
            var address = new IPAddress([20, 1, (byte)(i >> 8), (byte)(i & 255)]);
            var peer = new KnownPeer(SomeMessages.Peer(i), new(address, 9_000));
            book.Connect(peer.Id, peer.Address, inbound: false, 0);
            book.Disconnect(peer.Id, 0);
            if (i == 1)
                Assert.That(book.Export(), Has.All.EndsWith(" tried"));
        }

        Assert.That(book.Export().Count(l => l.EndsWith(" tried", StringComparison.Ordinal)),
            Is.LessThanOrEqualTo(OverlayLimits.TriedBucketsPerGroup * OverlayLimits.BucketSize));
    }

    [Test]
    public void Hearsay_does_not_replace_an_address_that_works()
    {
        var elsewhere = new IPEndPoint(IPAddress.Loopback, 1);
        var book = Book(1);
        book.Connect(SomeMessages.Peer(2), SomeMessages.Known(2).Address, inbound: false, 0);
        book.Connect(SomeMessages.Peer(9), new(IPAddress.Loopback, 9), inbound: true, 0);
        book.Learn(
            SomeMessages.Peer(9), [new(SomeMessages.Peer(1), elsewhere), new(SomeMessages.Peer(2), elsewhere)], 0);

        Assert.That(book.Entries.Select(e => e.Address), Does.Not.Contain(elsewhere));
    }

    [Test]
    public void A_false_first_address_gives_way_after_one_failure()
    {
        var book = Book();
        Told(book, 9, [new(SomeMessages.Peer(2), SomeMessages.Known(3).Address)]);
        book.ToDial(0);
        book.Disconnect(SomeMessages.Peer(2), 0);
        Told(book, 8, [SomeMessages.Known(2)]);

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
        Assert.That(book.Connect(SomeMessages.Peer(1), SomeMessages.Known(1).Address, inbound: true, 1), Is.Not.Null);
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
            Is.EqualTo(points - points / 4));
        Assert.That(scores.Penalise(SomeMessages.Peer(1), Misdeed.BadSignature, OverlayLimits.PointsHalfLifeMs),
            Is.False);
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
        book.Disconnect(SomeMessages.Peer(1), 7);
        var lines = book.Export();

        var later = Book();
        var bad = later.Import(
            [.. lines, "", "nonsense 5", $"{SomeMessages.Known(4)} -1 met", $"{SomeMessages.Known(0)} 1 tried"], 100);

        Assert.That(lines, Has.Count.EqualTo(2));
        Assert.That(bad, Is.EqualTo(3));
        Assert.That(later.Export(), Is.EqualTo(lines));
        Assert.That(later.ToDial(100).Select(p => p.Id),
            Is.EquivalentTo(new[] { SomeMessages.Peer(1), SomeMessages.Peer(2) }));
    }

    [Test]
    public void Four_of_those_we_chose_are_dialled_first_after_a_restart()
    {
        var book = Told(Book(), 9, Publics(100, 60));
        for (var i = 1; i <= 10; i++)
            book.Connect(Public(i).Id, Public(i).Address, inbound: false, (ulong)i);
        var later = Book(500);
        later.Import(book.Export(), 100);

        Assert.That(later.ToDial(100).Take(OverlayLimits.AnchorsMax).Select(p => p.Id),
            Is.EquivalentTo(Enumerable.Range(1, 4).Select(i => Public(i).Id)));
    }

    [Test]
    public void From_an_address_that_three_banned_peers_share_nobody_is_let_in()
    {
        var book = Book();
        for (var i = 1; i <= 3; i++)
        {
            var address = new IPEndPoint(IPAddress.Parse("20.1.1.1"), i);
            Assert.That(book.Connect(SomeMessages.Peer(i), address, inbound: true, 0), Is.Null);
            book.Penalise(SomeMessages.Peer(i), Misdeed.Malformed, 0);
            book.Disconnect(SomeMessages.Peer(i), 0);
        }
        CloseReason? Enter(string address, ulong now) =>
            book.Connect(SomeMessages.Peer(7), new(IPAddress.Parse(address), 7), inbound: true, now);

        Assert.That(Enter("20.1.1.1", 1), Is.EqualTo(CloseReason.Misbehaviour));
        Assert.That(Enter("20.1.1.2", 1), Is.Null);
        Assert.That(Enter("20.1.1.1", OverlayLimits.BanMs), Is.Null, "when the bans are over");
    }

    // Attack 20: false signatures, ten thousand a second; and whatever the network does alone bans nobody (attack 30).
    [TestCase(nameof(Misdeed.BadSignature), 3), TestCase(nameof(Misdeed.BadBlob), 2)]
    [TestCase(nameof(Misdeed.Malformed), 1), TestCase(nameof(Misdeed.TooOften), OverlayLimits.BanPoints)]
    public void A_ban_comes_after_few_proven_wrongs_and_many_that_the_network_may_have_done(string misdeed, int times)
    {
        var scores = new PeerScores();
        var wrong = Enum.Parse<Misdeed>(misdeed);

        Assert.That(Enumerable.Range(1, 100).First(_ => scores.Penalise(SomeMessages.Peer(1), wrong, 0)),
            Is.EqualTo(times));
    }

    [Test]
    public void Credit_fades_and_outweighs_small_faults_but_not_those_that_lead_to_a_ban()
    {
        var scores = new PeerScores();
        for (var i = 0; i < 1_000; i++)
            scores.Reward(SomeMessages.Peer(1), 0);
        scores.Penalise(SomeMessages.Peer(1), Misdeed.TimedOut, 0);

        Assert.That(scores.ScoreOf(SomeMessages.Peer(1), 0), Is.EqualTo(99));
        Assert.That(scores.ScoreOf(SomeMessages.Peer(1), OverlayLimits.CreditHalfLifeMs), Is.EqualTo(49));
        Assert.That(scores.Penalise(SomeMessages.Peer(1), Misdeed.BadBlock, 1), Is.False);
        Assert.That(scores.Penalise(SomeMessages.Peer(1), Misdeed.BadBlock, 1), Is.True);
    }
}

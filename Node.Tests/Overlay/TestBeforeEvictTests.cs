using System.Net;
using Ledger.Consensus.Crypto;
using Ledger.Node.Overlay;

namespace Ledger.Node.Tests.Overlay;

/// <summary>Whoever is among the tried stays until it has failed to answer.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public class TestBeforeEvictTests
{
    private const int Crowd = 300;

    private readonly AddressBuckets buckets = new(secret: 1);

    // One network group has few places among the tried: of a crowd, some must share one.
    private static PeerEntry Entry(int number)
    {
        var address = new IPAddress([10, 1, (byte)(number >> 8), (byte)(number & 255)]);
        return new(SomeMessages.Peer(number), new(address, 9_000), null, false);
    }

    private static IEnumerable<PeerEntry> Entries => Enumerable.Range(1, Crowd).Select(Entry);

    /// <summary>The first of the crowd whose place is taken, and who has it.</summary>
    private (PeerEntry Rival, PeerEntry Occupant) Meet()
    {
        foreach (var entry in Entries)
        {
            buckets.TryPromote(entry, _ => false);
            if (!buckets.IsTried(entry.Id))
                return (entry, Entries.Single(e => e.Id == buckets.Doubted.Single()));
        }
        throw new AssertionException("nobody's place was taken, so that everybody had room or pushed others out");
    }

    [Test]
    public void An_occupant_keeps_its_place_until_it_was_tested()
    {
        var (rival, occupant) = Meet();

        Assert.That(buckets.IsTried(occupant.Id));
        Assert.That(buckets.IsTried(rival.Id), Is.False);
    }

    [Test]
    public void Who_fails_the_test_gives_way_to_who_waits_for_its_place()
    {
        var (rival, occupant) = Meet();

        Assert.That(buckets.Failed(occupant.Id), Is.EqualTo(rival.Id));
        Assert.That(buckets.IsTried(occupant.Id), Is.False);
    }

    [Test]
    public void Who_passes_the_test_is_in_doubt_no_longer()
    {
        var (_, occupant) = Meet();
        buckets.TryPromote(occupant, _ => false);

        Assert.That(buckets.Doubted, Is.Empty);
        Assert.That(buckets.Failed(occupant.Id), Is.Null);
    }

    [Test]
    public void Few_are_in_doubt_at_a_time_however_many_want_their_places()
    {
        for (var i = 1; i <= 10 * Crowd; i++)
            buckets.TryPromote(Entry(i), _ => false);

        Assert.That(buckets.Doubted.Count(), Is.EqualTo(OverlayLimits.DoubtedMax));
    }

    [Test]
    public void The_tried_that_have_not_failed_are_not_pushed_out_by_those_who_come_later()
    {
        var book = Book();
        Import(book, 1, Crowd);
        var before = Tried(book);
        Import(book, Crowd + 1, Crowd);

        Assert.That(before, Has.Count.LessThan(Crowd), "otherwise nobody had to share a place");
        Assert.That(Tried(book), Is.SupersetOf(before));
    }

    // Who ends a connection may have a good reason, and answers when we call.
    [Test]
    public void An_ended_connection_is_no_failed_test()
    {
        var book = Book();
        Import(book, 1, Crowd);
        var before = Tried(book);
        foreach (var entry in Entries.Where(e => before.Contains(e.Id)))
            book.Connect(entry.Id, entry.Address, inbound: true, 1);
        foreach (var rival in Entries.Where(e => !before.Contains(e.Id)).Take(OverlayLimits.OutboundMax))
            book.Connect(rival.Id, rival.Address, inbound: false, 1);
        foreach (var entry in Entries)
            book.Disconnect(entry.Id, 2);

        Assert.That(Tried(book), Is.SupersetOf(before));
    }

    [Test]
    public void Who_is_in_doubt_is_called_now_and_then_when_we_have_all_the_connections_that_we_want()
    {
        var book = Book();
        Import(book, 1, Crowd);
        for (var i = 0; i < OverlayLimits.OutboundMax; i++)
            book.Connect(
                SomeMessages.Peer(9_000 + i), new(new IPAddress([20, (byte)i, 1, 1]), 9_000), inbound: false, 1);

        var called = book.ToDial(1);

        Assert.That(called, Has.Count.EqualTo(1));
        Assert.That(Tried(book), Does.Contain(called[0].Id));
        Assert.That(book.ToDial(2), Is.Empty);
        Assert.That(book.ToDial(1 + OverlayLimits.ProbeEveryMs), Has.Count.EqualTo(1));
    }

    private static PeerBook Book() => new(SomeMessages.Peer(0), seed: 1, []);

    private static void Import(PeerBook book, int from, int count) =>
        book.Import(Enumerable.Range(from, count).Select(i => $"{Entry(i).Id}@{Entry(i).Address} 0 tried"), 0);

    private static HashSet<PeerId> Tried(PeerBook book) =>
    [
        .. book.Export().Where(line => line.EndsWith(" tried", StringComparison.Ordinal))
            .Select(line => KnownPeer.TryParse(line.Split(' ')[0], out var peer) ? peer.Id : default),
    ];
}

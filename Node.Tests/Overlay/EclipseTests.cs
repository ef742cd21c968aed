using System.Net;
using Ledger.Node.Overlay;

namespace Ledger.Node.Tests.Overlay;

/// <summary>A node that starts again among hundreds of addresses of one attacker.</summary>
public class EclipseTests
{
    private const int Sybils = 500, Groups = 10, Honest = 60, Runs = 1_000;

    private static KnownPeer Sybil(int number) => new(
        SomeMessages.Peer(10_000 + number),
        new(new IPAddress([66, (byte)(number % Groups), (byte)(number / Groups), 1]), 9_000));

    private static KnownPeer Good(int number) =>
        new(SomeMessages.Peer(number), new(new IPAddress([20, (byte)number, 1, 1]), 9_000));

    // Attack 26: 500 sybils in ten /16s, all of which answer, told of without end before the restart and after it. The
    // anchors may be down; what is left is luck, and the rule of one connection to a group.
    [Test]
    public void A_restarted_node_has_an_honest_connection_of_its_own_choice()
    {
        var (eclipsed, withoutAnchors) = (0, 0);
        for (var seed = 0; seed < Runs; seed++)
        {
            eclipsed += HonestOutbound(seed, anchorsAnswer: true) == 0 ? 1 : 0;
            withoutAnchors += HonestOutbound(seed, anchorsAnswer: false) == 0 ? 1 : 0;
        }

        Assert.That(eclipsed, Is.LessThanOrEqualTo(Runs / 1_000));
        Assert.That(withoutAnchors, Is.LessThanOrEqualTo(Runs / 1_000));
    }

    // Attack 26: who chooses inbound is the attacker, so that alone must never make a peer tried.
    [Test]
    public void Whoever_comes_by_itself_is_never_an_anchor_and_never_tried()
    {
        var book = new PeerBook(SomeMessages.Peer(0), seed: 1, []);
        for (var i = 0; i < Sybils; i++)
            book.Connect(Sybil(i).Id, Sybil(i).Address, inbound: true, (ulong)i);

        Assert.That(book.Export(), Is.Not.Empty.And.All.EndsWith(" met"));
    }

    private static int HonestOutbound(int seed, bool anchorsAnswer)
    {
        var before = new PeerBook(SomeMessages.Peer(0), (ulong)seed, []);
        for (var i = 1; i <= Honest; i++)
        {
            before.Connect(Good(i).Id, Good(i).Address, inbound: false, (ulong)i);
            if (i > OverlayLimits.AnchorsMax)
                before.Disconnect(Good(i).Id, (ulong)i);
        }
        Poison(before, 1_000);
        var book = new PeerBook(SomeMessages.Peer(0), (ulong)seed + 77_777, []);
        book.Import(before.Export(), 2_000);
        Poison(book, 2_000);
        var honest = 0;
        for (var now = 2_000UL; now < 8_000; now += 1_000)
            foreach (var peer in book.ToDial(now))
            {
                var isSybil = peer.Address.Address.GetAddressBytes()[0] == 66;
                var isAnchor = Enumerable.Range(1, OverlayLimits.AnchorsMax).Any(i => Good(i).Id == peer.Id);
                if (!isSybil && isAnchor && !anchorsAnswer)
                    book.Disconnect(peer.Id, now);
                else if (book.Connect(peer.Id, peer.Address, inbound: false, now) is null && !isSybil)
                    honest++;
            }
        return honest;
    }

    // A sybil of each group connects, and together they tell of all.
    private static void Poison(PeerBook book, ulong now)
    {
        for (var i = 0; i < Groups; i++)
        {
            book.Connect(Sybil(i).Id, Sybil(i).Address, inbound: true, now);
            book.Learn(Sybil(i).Id, Enumerable.Range(i * Sybils / Groups, Sybils / Groups).Select(Sybil), now);
        }
    }
}

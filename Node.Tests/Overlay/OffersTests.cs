using Ledger.Consensus.Crypto;
using Ledger.Node.Overlay;

namespace Ledger.Node.Tests.Overlay;

/// <summary>How much is kept for those who may ask, and how much is asked for.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public class OffersTests
{
    private static readonly PeerId Asker = SomeMessages.Peer(1);

    private readonly Offers offers = new(new());

    private int Asked(int peer, int from, int count) => offers
        .Offered(SomeMessages.Peer(peer), [.. Enumerable.Range(from, count).Select(SomeMessages.Id)], 0)
        .OfType<OverlayEffect.Send>().Sum(s => ((WireMessage.IWant)s.Message).Ids.Length);

    private Digest Keep(byte[] content, ulong now)
    {
        offers.Keep(new WireMessage.GetPeers(), content, [], now);
        return Digest.OfBytes(content);
    }

    private bool IsKept(Digest id) => offers.Wanted(Asker, [id]).Any();

    [Test]
    public void Of_one_peer_and_of_all_together_no_more_is_asked_than_there_is_room_for()
    {
        var asked = Enumerable.Range(1, 10).Select(p => Asked(p, 1_000 * p, 1_000)).ToList();

        Assert.That(asked, Has.All.LessThanOrEqualTo(GossipLimits.WishesPerPeerMax));
        Assert.That(asked[0], Is.EqualTo(GossipLimits.WishesPerPeerMax));
        Assert.That(asked.Sum(), Is.EqualTo(GossipLimits.WishesMax));
    }

    [Test]
    public void Of_many_messages_the_oldest_give_way()
    {
        var first = Keep([1], 0);
        for (var i = 1; i < GossipLimits.KeptMax; i++)
            Keep(BitConverter.GetBytes(i), 0);
        Assert.That(IsKept(first));

        Keep([2], 0);
        Assert.That(IsKept(first), Is.False);
    }

    [Test]
    public void Of_long_messages_the_oldest_give_way()
    {
        var ids = Enumerable.Range(0, 17).Select(i => Keep([.. new byte[(1 << 20) - 1], (byte)i], 0)).ToList();

        Assert.That(ids.Count(IsKept), Is.EqualTo(GossipLimits.KeptBytesMax >> 20));
        Assert.That(IsKept(ids[0]), Is.False);
    }

    [Test]
    public void Nothing_is_kept_for_longer_than_somebody_may_ask_for_it()
    {
        var id = Keep([1], 0);
        offers.Tick(GossipLimits.KeptMs - 1);
        Assert.That(IsKept(id));

        offers.Tick(GossipLimits.KeptMs);
        Assert.That(IsKept(id), Is.False);
    }
}

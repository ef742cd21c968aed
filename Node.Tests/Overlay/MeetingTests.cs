using System.Net;
using Ledger.Consensus.Crypto;
using Ledger.Node.Overlay;

namespace Ledger.Node.Tests.Overlay;

/// <summary>Our own address by others' word, and how two peers behind translators are brought together.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public class MeetingTests
{
    private static readonly IPEndPoint Ours = new(IPAddress.Parse("93.0.0.1"), 4_000);
    private static readonly IPEndPoint False = new(IPAddress.Parse("6.6.6.6"), 1);

    private readonly AddressVotes votes = new();
    private readonly PeerBook book = new(SomeMessages.Peer(0), seed: 1, []);

    private static KnownPeer Peer(int number) => new(SomeMessages.Peer(number), new(At(number), 9_000));

    private static IPAddress At(int group, int host = 1) => new([20, (byte)group, 1, (byte)host]);

    private void Connect(int number) => book.Connect(Peer(number).Id, Peer(number).Address, inbound: false, 0);

    [Test]
    public void Three_network_groups_and_a_majority_say_where_we_are_and_for_five_minutes()
    {
        votes.Vote(SomeMessages.Peer(1), At(1), Ours, 0);
        votes.Vote(SomeMessages.Peer(2), At(2), Ours, 0);
        Assert.That(votes.Winner(0), Is.Null, "two are not enough");
        votes.Vote(SomeMessages.Peer(3), At(3), Ours, 1);

        Assert.That(votes.Winner(1), Is.EqualTo(Ours));
        Assert.That(votes.Winner(OverlayLimits.AddressVoteMs), Is.Null, "two have grown old");
    }

    // Attack 27: ten sybils of one /16 claim a false address.
    [Test]
    public void Many_voices_of_one_network_are_one_voice()
    {
        for (var i = 1; i <= 10; i++)
            votes.Vote(SomeMessages.Peer(i), At(6, i), False, 0);
        Assert.That(votes.Winner(0), Is.Null);

        for (var i = 11; i <= 13; i++)
            votes.Vote(SomeMessages.Peer(i), At(i), Ours, 0);
        Assert.That(votes.Winner(0), Is.EqualTo(Ours));
        for (var i = 21; i <= 22; i++)
            votes.Vote(SomeMessages.Peer(i), At(i), False, 0);
        Assert.That(votes.Winner(0), Is.Null, "three against three is no majority");
    }

    [Test]
    public void Voters_without_end_take_little_memory()
    {
        for (var i = 0; i < 1_000; i++)
            votes.Vote(SomeMessages.Peer(i), At(i % 250), i < OverlayLimits.AddressVotesMax ? Ours : False, 0);

        Assert.That(votes.Winner(0), Is.EqualTo(Ours));
    }

    [Test]
    public void The_last_word_of_a_network_counts_and_of_who_has_left_none()
    {
        votes.Vote(SomeMessages.Peer(1), At(1), Ours, 0);
        votes.Vote(SomeMessages.Peer(2), At(2), Ours, 0);
        votes.Vote(SomeMessages.Peer(3), At(3, 1), False, 0);
        votes.Vote(SomeMessages.Peer(4), At(3, 2), Ours, 1);
        Assert.That(votes.Winner(1), Is.EqualTo(Ours));

        votes.Left(SomeMessages.Peer(1));
        Assert.That(votes.Winner(1), Is.Null);
    }

    [Test]
    public void Nobody_is_brought_together_with_itself_or_with_who_is_not_connected()
    {
        Connect(1);
        book.Learn(Peer(1).Id, [Peer(2)], 0);
        var punching = new HolePunching(book);

        Assert.That(punching.Help(Peer(1).Id, Peer(1).Id, 0), Is.Empty);
        Assert.That(punching.Help(Peer(1).Id, Peer(2).Id, OverlayLimits.PunchEveryMs), Is.Empty);
    }

    [Test]
    public void A_common_peer_tells_both_where_it_sees_the_other_and_not_too_often()
    {
        Connect(1);
        Connect(2);
        var punching = new HolePunching(book);

        Assert.That(punching.Help(Peer(1).Id, Peer(2).Id, 0), Is.EqualTo(new[]
        {
            new OverlayEffect.Send(Peer(2).Id, new WireMessage.Punch(Peer(1))),
            new OverlayEffect.Send(Peer(1).Id, new WireMessage.Punch(Peer(2))),
        }));
        Assert.That(punching.Help(Peer(1).Id, Peer(2).Id, 1),
            Is.EqualTo(new[] { new OverlayEffect.Penalise(Peer(1).Id, Misdeed.TooOften) }));
        Assert.That(punching.Help(Peer(2).Id, Peer(7).Id, 1), Is.Empty, "nobody we know");
    }

    [Test]
    public void Before_a_dial_whoever_told_of_the_peer_is_asked_for_help_or_else_another_and_none_too_often()
    {
        Connect(1);
        Connect(3);
        book.Learn(Peer(3).Id, [Peer(2)], 0);
        var punching = new HolePunching(book);
        PeerId? Helper(ulong now) => punching.HelperFor(Peer(2).Id, now);

        Assert.That(Helper(0), Is.EqualTo(Peer(3).Id), "it has told us");
        Assert.That(Helper(OverlayLimits.PunchAskMs - 1), Is.Null, "too soon");
        Assert.That(Helper(OverlayLimits.PunchAskMs), Is.EqualTo(Peer(3).Id));
        book.Disconnect(Peer(3).Id, 0);
        Assert.That(Helper(OverlayLimits.PunchAskMs), Is.EqualTo(Peer(1).Id));
        book.Disconnect(Peer(1).Id, 0);
        Assert.That(Helper(9 * OverlayLimits.PunchAskMs), Is.Null, "nobody is there");
    }

    [Test]
    public void Who_is_asked_allows_more_than_we_ask() =>
        Assert.That(OverlayLimits.PunchAskMs, Is.GreaterThan(OverlayLimits.PunchEveryMs));

    [Test]
    public void A_neighbour_on_this_machine_is_dialled_without_help()
    {
        var here = new KnownPeer(SomeMessages.Peer(1), new(IPAddress.Loopback, 1));
        book.Connect(here.Id, here.Address, inbound: false, 0);
        book.Learn(here.Id, [new(SomeMessages.Peer(2), new(IPAddress.Loopback, 2))], 0);

        Assert.That(new HolePunching(book).HelperFor(SomeMessages.Peer(2), 0), Is.Null);
    }

    [Test]
    public void A_peer_whose_translator_gave_it_another_port_is_brought_together_at_that_one()
    {
        Connect(1);
        Connect(2);
        book.Move(Peer(2).Id, Ours);

        Assert.That(new HolePunching(book).Help(Peer(1).Id, Peer(2).Id, 0),
            Does.Contain(new OverlayEffect.Send(Peer(1).Id, new WireMessage.Punch(new(Peer(2).Id, Ours)))));
    }

    [Test]
    public void A_peer_can_make_us_dial_neither_often_nor_anywhere()
    {
        Connect(1);
        var punching = new HolePunching(book);
        KnownPeer? Obey(KnownPeer peer, ulong now) => punching.Obey(Peer(1).Id, peer, now);

        Assert.That(Obey(Peer(2), 0), Is.EqualTo(Peer(2)));
        Assert.That(Obey(Peer(3), OverlayLimits.PunchEveryMs - 1), Is.Null, "too soon");
        Assert.That(Obey(new(Peer(2).Id, new(IPAddress.Loopback, 1)), OverlayLimits.PunchEveryMs), Is.Null);
        Assert.That(Obey(new(SomeMessages.Peer(0), Peer(2).Address), 2 * OverlayLimits.PunchEveryMs), Is.Null);
        Assert.That(Obey(Peer(1), 3 * OverlayLimits.PunchEveryMs), Is.Null, "connected already");
        Assert.That(punching.Obey(Peer(9).Id, Peer(2), 0), Is.Null, "from a stranger");
    }
}

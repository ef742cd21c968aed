using System.Collections.Immutable;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Node.Overlay;

namespace Ledger.Node.Tests.Overlay;

/// <summary>Who is told what, and how little a peer's word can change of it.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public class GossipTests
{
    private static readonly WireMessage.Transactions Some = new([SomeMessages.Transfer(99)]);

    private static readonly WireMessage.Transactions Large =
        new([.. Enumerable.Range(0, 20).Select(i => SomeMessages.Transfer((ulong)i))]);

    private readonly Gossip gossip = new(seed: 1);
    private readonly SortedSet<PeerId> bad = [];

    private ulong now = 1_000;

    private static bool IsDialled(PeerId peer) => Enumerable.Range(1, 100).Any(i => i % 3 == 0 && Peer(i) == peer);

    private static PeerId Peer(int number) => SomeMessages.Peer(number);

    private int ScoreOf(PeerId peer) => bad.Contains(peer) ? -1 : 0;

    private void Join(int peers)
    {
        for (var i = 1; i <= peers; i++)
            gossip.Joined(Peer(i), dialled: i % 3 == 0);
        Tick();
    }

    private List<OverlayEffect> Tick(ulong ms = GossipLimits.HeartbeatMs)
    {
        now += ms;
        return gossip.Tick(ScoreOf, now);
    }

    private List<OverlayEffect> Receive(int from, WireMessage.OfGossip message) =>
        gossip.Receive(Peer(from), message, ScoreOf, now);

    private List<OverlayEffect.Send> Flush(ulong height = 3) => [.. gossip.Flush(height, (_, _) => false)];

    private void Relay(WireMessage message, int from) => gossip.Relay(message, Peer(from), now);

    private static SignedVote Vote(int number, ulong height = 3)
    {
        var key = Tests.Some.Key(1 + number);
        var vote = new Vote(VoteKind.Prevote, height, 0, SomeMessages.Id(5), new(key.PublicKey));
        return new(vote, key.Sign(vote.SigningDigest(SomeMessages.Chain)));
    }

    private static Digest IdOf(SignedTransaction transaction) => Digest.OfBytes(transaction.Encode());

    private static IEnumerable<PeerId> To(IEnumerable<Gossip.Saying> sayings) => sayings.SelectMany(s => s.To);

    [Test]
    public void Own_votes_go_to_everybody_and_those_of_others_to_the_mesh()
    {
        Join(40);

        Assert.That(To(gossip.Publish(new WireMessage.Ballot(Vote(1)), now)).Count(), Is.EqualTo(40));
        Relay(new WireMessage.Ballot(Vote(2)), 99);
        Assert.That(Flush().Select(s => s.To), Is.EquivalentTo(gossip.MeshPeers));
        Assert.That(gossip.MeshPeers, Has.Count.InRange(GossipLimits.MeshMin, GossipLimits.MeshMax));
        Assert.That(gossip.MeshPeers.Count(IsDialled), Is.GreaterThanOrEqualTo(GossipLimits.MeshOutboundMin));
    }

    [Test]
    public void Votes_are_gathered_and_not_sent_to_who_is_known_to_have_them()
    {
        Join(3);
        for (var i = 0; i < 5; i++)
            Relay(new WireMessage.Ballot(Vote(i)), 1);
        for (var i = 0; i < 4; i++)
            gossip.Heard(Peer(2), Vote(i));

        var sends = Flush();

        Assert.That(sends.Single(s => s.To == Peer(2)).Message, Is.EqualTo(new WireMessage.Ballot(Vote(4))));
        Assert.That(((WireMessage.Ballots)sends.Single(s => s.To == Peer(3)).Message).List, Has.Length.EqualTo(5));
        Assert.That(sends.Select(s => s.To), Does.Not.Contain(Peer(1)));
        Assert.That(Flush(), Is.Empty, "each is passed on once");
    }

    [Test]
    public void Votes_that_a_peer_shows_or_that_come_too_late_are_not_passed_on()
    {
        Join(3);
        Relay(new WireMessage.Ballot(Vote(1)), 1);
        Assert.That(gossip.Flush(3, (peer, _) => peer == Peer(2)).Select(s => s.To), Is.EqualTo(new[] { Peer(3) }));

        Relay(new WireMessage.Ballot(Vote(1)), 1);
        Assert.That(Flush(height: 4), Is.Empty);
    }

    // Attack 20: the same vote a thousand times.
    [Test]
    public void A_vote_that_comes_a_thousand_times_is_passed_on_once()
    {
        Join(3);
        for (var i = 0; i < 1_000; i++)
        {
            gossip.Heard(Peer(1), Vote(1));
            Relay(new WireMessage.Ballot(Vote(1)), 1);
        }

        Assert.That(Flush(), Is.EquivalentTo(new[]
        {
            new OverlayEffect.Send(Peer(2), new WireMessage.Ballot(Vote(1))),
            new OverlayEffect.Send(Peer(3), new WireMessage.Ballot(Vote(1))),
        }));
    }

    [Test]
    public void A_small_proposal_goes_to_everybody_and_is_passed_on_by_its_digest()
    {
        Join(3);
        var offer = new WireMessage.Offer(SomeMessages.Proposal());
        Assert.That(To(gossip.Publish(offer, now)).Count(), Is.EqualTo(3));
        Assert.That(Flush(), Is.Empty, "all have it");

        var other = new Gossip(seed: 2);
        for (var i = 1; i <= 3; i++)
            other.Joined(Peer(i), dialled: true);
        other.Relay(offer, Peer(1), now);
        var sends = other.Flush(3, (_, _) => false).ToList();

        Assert.That(sends.Select(s => s.To), Is.EquivalentTo(new[] { Peer(2), Peer(3) }));
        Assert.That(other.Wanted(Peer(2), new(((WireMessage.IHave)sends[0].Message).Ids)), Is.EqualTo(new[] { offer }));
    }

    [Test]
    public void Transactions_are_pushed_by_their_maker_and_pulled_by_others_in_one_message()
    {
        Join(3);
        Assert.That(To(gossip.Publish(Some, now)).Count(), Is.EqualTo(3));
        Relay(Large, 1);
        gossip.Receive(Peer(2), new WireMessage.IHave([.. Large.List.Select(IdOf).Take(1)]), ScoreOf, now);

        var sends = Flush();

        Assert.That(((WireMessage.IHave)sends.Single(s => s.To == Peer(3)).Message).Ids, Has.Length.EqualTo(20));
        Assert.That(((WireMessage.IHave)sends.Single(s => s.To == Peer(2)).Message).Ids, Has.Length.EqualTo(19));
        Assert.That(sends.Select(s => s.To), Does.Not.Contain(Peer(1)));
        var reply = gossip.Wanted(Peer(3), new([.. Large.List.Select(IdOf)])).Cast<WireMessage.Transactions>().Single();
        Assert.That(reply.List, Has.Length.EqualTo(20));
    }

    // Attack 19: asks for the same without end, and for what nobody told it of.
    [Test]
    public void The_same_is_sent_to_one_peer_three_times_at_most()
    {
        Join(3);
        Relay(Large, 1);
        var want = new WireMessage.IWant([IdOf(Large.List[0])]);

        Assert.That(Enumerable.Range(0, 100).Sum(_ => gossip.Wanted(Peer(2), want).Count()),
            Is.EqualTo(GossipLimits.RepliesMax));
        Assert.That(gossip.Wanted(Peer(3), new([SomeMessages.Id(7)])), Is.Empty);
    }

    // Attack 19: promises a million messages.
    [Test]
    public void Promises_without_end_take_little_memory_and_cost_who_makes_them()
    {
        Join(3);
        var (asked, penalties) = (0, 0);
        for (var i = 0; i < 1_000_000; i += 50)
            foreach (var effect in Receive(1, new WireMessage.IHave([.. Enumerable.Repeat(SomeMessages.Id(i), 50)])))
                if (effect is OverlayEffect.Send { Message: WireMessage.IWant want })
                    asked += want.Ids.Length;
                else
                    penalties += effect is OverlayEffect.Penalise { Peer: var peer } && peer == Peer(1) ? 1 : 0;

        Assert.That(asked, Is.LessThanOrEqualTo(GossipLimits.WishesPerPeerMax));
        Assert.That(penalties, Is.GreaterThan(OverlayLimits.BanPoints));
    }

    [Test]
    public void One_peer_cannot_take_all_the_room_for_wishes()
    {
        Join(3);
        for (var i = 0; i < 40; i++)
            Receive(1, new WireMessage.IHave([.. Enumerable.Range(50 * i, 50).Select(SomeMessages.Id)]));

        Assert.That(Receive(2, new WireMessage.IHave([SomeMessages.Id(-1)])), Has.Count.EqualTo(1));
    }

    [Test]
    public void What_one_peer_promises_and_does_not_send_is_asked_of_the_next()
    {
        Join(3);
        var have = new WireMessage.IHave([SomeMessages.Id(7)]);
        Receive(1, have);
        Assert.That(Receive(2, have), Is.Empty);

        Assert.That(Tick(GossipLimits.WantMs).OfType<OverlayEffect.Send>().Select(s => s.To),
            Is.EqualTo(new[] { Peer(2) }));
        Assert.That(Tick(GossipLimits.PromiseMs), Is.EquivalentTo(new[]
        {
            new OverlayEffect.Penalise(Peer(1), Misdeed.BrokenPromise),
            new OverlayEffect.Penalise(Peer(2), Misdeed.BrokenPromise),
        }));
    }

    [Test]
    public void What_has_come_elsewhere_is_cancelled_and_nobody_pays_for_it()
    {
        Join(3);
        var id = SomeMessages.Id(7);
        Receive(1, new WireMessage.IHave([id]));
        gossip.IsNew(id, now);

        Assert.That(gossip.Arrived(Peer(2), id).Cast<OverlayEffect.Send>().Single().To, Is.EqualTo(Peer(1)));
        Assert.That(Tick(GossipLimits.PromiseMs), Is.Empty);
        Assert.That(Receive(3, new WireMessage.IHave([id])), Is.Empty, "it is here");
    }

    // Attack 30: a peer whose connection has ended keeps no promise, and is not to blame.
    [Test]
    public void Who_has_left_is_asked_nothing_told_nothing_and_blamed_for_nothing()
    {
        Join(3);
        Receive(2, new WireMessage.IHave([SomeMessages.Id(7)]));
        gossip.Left(Peer(2));

        Assert.That(To(gossip.Publish(new WireMessage.Ballot(Vote(1)), now)), Does.Not.Contain(Peer(2)));
        Assert.That(Tick(GossipLimits.PromiseMs), Is.Empty);
    }

    // Attack 19: a backoff of 2^64 - 1 milliseconds overflows nothing and is over within the hour.
    [Test]
    public void A_pruned_peer_is_grafted_again_after_a_bounded_time()
    {
        Join(3);
        foreach (var backoff in (ulong[])[ulong.MaxValue, 0])
        {
            for (var i = 1; i <= 3; i++)
                Receive(i, new WireMessage.Prune(backoff));
            Assert.That(gossip.MeshPeers, Is.Empty);
            Assert.That(Tick(), Is.Empty, "nobody is asked again at once");
            var most = backoff == 0 ? GossipLimits.BackoffLeastMs : GossipLimits.BackoffMostMs;
            Assert.That(Tick(most), Has.All.EqualTo(new OverlayEffect.Send(Peer(1), new WireMessage.Graft()))
                .Or.All.InstanceOf<OverlayEffect.Send>());
            Assert.That(gossip.MeshPeers, Has.Count.EqualTo(3));
        }
    }

    // Attack 19: whoever was refused a place and asks again at once pays for it.
    [Test]
    public void Graft_in_backoff_is_refused_and_penalised_and_a_full_mesh_takes_nobody_who_dialled_us()
    {
        Join(40);
        var outside = Enumerable.Range(1, 40).Where(i => !gossip.MeshPeers.Contains(Peer(i)) && i % 3 != 0).ToList();
        var refused = outside.First(i => Receive(i, new WireMessage.Graft()) is not []);

        Assert.That(gossip.MeshPeers, Has.Count.EqualTo(GossipLimits.MeshMax));
        Assert.That(Receive(refused, new WireMessage.Graft()), Is.EqualTo(new OverlayEffect[]
        {
            new OverlayEffect.Penalise(Peer(refused), Misdeed.TooOften),
            new OverlayEffect.Send(Peer(refused), new WireMessage.Prune(GossipLimits.BackoffMs)),
        }));
        Assert.That(gossip.MeshPeers, Does.Not.Contain(Peer(refused)));
        now += GossipLimits.BackoffMs;
        Assert.That(Receive(refused, new WireMessage.Graft()), Has.Count.EqualTo(1), "full, but not too early");
    }

    [Test]
    public void A_mesh_with_too_many_is_cut_down_to_eight_with_three_that_we_dialled()
    {
        Join(40);
        foreach (var i in Enumerable.Range(1, 40).OrderBy(i => i % 3 == 0))
            Receive(i, new WireMessage.Graft());
        Assert.That(gossip.MeshPeers, Has.Count.GreaterThan(GossipLimits.MeshMax), "those that we dialled may come");

        Tick();

        Assert.That(gossip.MeshPeers, Has.Count.EqualTo(GossipLimits.MeshSize));
        Assert.That(gossip.MeshPeers.Count(IsDialled), Is.GreaterThanOrEqualTo(GossipLimits.MeshOutboundMin));
    }

    [Test]
    public void Who_has_behaved_badly_is_not_in_the_mesh()
    {
        Join(40);
        bad.UnionWith(gossip.MeshPeers);

        Tick();

        Assert.That(gossip.MeshPeers, Has.Count.InRange(GossipLimits.MeshSize, GossipLimits.MeshMax));
        Assert.That(gossip.MeshPeers.Intersect(bad), Is.Empty);
    }
}

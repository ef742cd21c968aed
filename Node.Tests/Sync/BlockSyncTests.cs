using Ledger.Consensus.Crypto;
using Ledger.Node.Overlay;
using Ledger.Node.Sync;
using Ledger.Node.Tests.Overlay;

namespace Ledger.Node.Tests.Sync;

/// <summary>Catching up from peers of whom some lie about their height, their blocks or nothing at all.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public class BlockSyncTests
{
    private static readonly PeerId Alice = SomeMessages.Peer(1), Bob = SomeMessages.Peer(2),
        Mallory = SomeMessages.Peer(3);

    private readonly BlockSync sync = new(tip: 0, seed: 1);

    private ulong now = 1_000;

    private delegate IEnumerable<WireMessage.BlockReply> Behaviour(WireMessage.GetBlocks ask);

    private static IEnumerable<WireMessage.BlockReply> Honest(WireMessage.GetBlocks ask, ulong tip = 1_000) =>
        Serving.Heights(ask, tip).Select(SomeMessages.Reply);

    // A block is good in these tests where its certificate names the right round.
    private static WireMessage.BlockReply Forged(ulong height)
    {
        var good = SomeMessages.Reply(height);
        return good with { Certificate = good.Certificate with { Round = 7 } };
    }

    private List<OverlayEffect> Run(Dictionary<PeerId, Behaviour> peers, ulong forMs)
    {
        var all = new List<OverlayEffect>();
        for (var end = now + forMs; now < end; now += 100)
            Perform(sync.Tick(now), peers, all);
        return all;
    }

    private void Perform(
        IEnumerable<OverlayEffect> effects, Dictionary<PeerId, Behaviour> peers, List<OverlayEffect> all)
    {
        var open = new Queue<OverlayEffect>(effects);
        while (open.TryDequeue(out var effect))
        {
            all.Add(effect);
            IEnumerable<OverlayEffect> next = effect switch
            {
                OverlayEffect.Send { Message: WireMessage.GetBlocks ask } send
                    when peers.TryGetValue(send.To, out var behaviour) =>
                    behaviour(ask).SelectMany(reply => sync.Receive(send.To, reply, now)).ToList(),
                OverlayEffect.VerifyBlock { Certificate.Round: 7 } bad => sync.Failed(bad.Block.Header.Height, now),
                OverlayEffect.VerifyBlock good => sync.Verified(good.Block.Header.Height, now),
                _ => [],
            };
            foreach (var one in next)
                open.Enqueue(one);
        }
    }

    [Test]
    public void Blocks_are_handed_over_in_order_whatever_order_they_come_in()
    {
        sync.Claim(Alice, 100, now);
        sync.Claim(Bob, 100, now);
        var effects = Run(new()
        {
            [Alice] = ask => Honest(ask).Reverse(),
            [Bob] = ask => Honest(ask).OrderBy(r => r.Certificate.Block),
        }, 2_000);

        Assert.That(sync.Tip, Is.EqualTo(100));
        Assert.That(effects.OfType<OverlayEffect.VerifyBlock>().Select(v => v.Block.Header.Height),
            Is.EqualTo(Enumerable.Range(1, 100).Select(h => (ulong)h)));
        Assert.That(effects.OfType<OverlayEffect.Send>().Select(s => s.To).Distinct().Count(),
            Is.EqualTo(2), "both peers help");
        Assert.That(effects.OfType<OverlayEffect.Penalise>(), Is.Empty);
    }

    [Test]
    public void B21_A_peer_that_began_with_a_snapshot_is_asked_for_what_it_has_and_not_blamed()
    {
        sync.Claim(Alice, 40, now);
        sync.Claim(Bob, 40, now);
        var effects = Run(new()
        {
            [Alice] = ask =>
            {
                var lacking = Serving.Heights(ask, 30).ToList();
                lacking.ForEach(height => sync.Receive(Alice, new WireMessage.Gone(height)));
                return Honest(ask).Skip(lacking.Count);
            },
            [Bob] = ask => Honest(ask),
        }, 2_000);

        Assert.That(sync.Tip, Is.EqualTo(40));
        Assert.That(effects.OfType<OverlayEffect.Penalise>(), Is.Empty);
        Assert.That(effects.OfType<OverlayEffect.Send>().Count(s => s.To == Alice), Is.InRange(1, 3));
    }

    [Test]
    public void No_more_is_asked_for_than_the_window_holds()
    {
        for (var i = 1; i <= 50; i++)
            sync.Claim(SomeMessages.Peer(i), ulong.MaxValue, now);
        var asked = sync.Tick(now).OfType<OverlayEffect.Send>().Select(s => (WireMessage.GetBlocks)s.Message).ToList();

        Assert.That(asked.Sum(a => a.Count), Is.EqualTo(OverlayLimits.SyncWindow));
        Assert.That(asked.Select(a => a.Count), Has.All.InRange(1, OverlayLimits.BlocksPerRequestMax));
        Assert.That(sync.Tick(now), Is.Empty);
    }

    [Test]
    public void As_many_blocks_are_asked_for_as_the_queue_of_the_peer_holds_if_they_are_as_large_as_they_may_be()
    {
        sync.Claim(Alice, 1_000, now);
        var first = (WireMessage.GetBlocks)sync.Tick(now).OfType<OverlayEffect.Send>().Single().Message;
        Assert.That((first.From, first.Count), Is.EqualTo((1UL, 6)));
        Assert.That(sync.Tick(now), Is.Empty, "nothing has come yet");

        Perform(Honest(first).SelectMany(reply => sync.Receive(Alice, reply, now)), [], []);
        var later = sync.Tick(now).OfType<OverlayEffect.Send>().Select(s => (WireMessage.GetBlocks)s.Message);
        Assert.That(later.Select(ask => ask.Count), Is.EqualTo(new[] { 16, 16 }), "small ones: two full requests");

        var peer = new SyncPeer();
        for (var i = 0; i < 20; i++)
            peer.Delivered(bytes: 1_000, now);
        peer.Delivered(bytes: 1 << 20, now);
        Assert.That(peer.Room, Is.EqualTo(6), "a large one counts at once");
    }

    [Test]
    public void A_liar_about_its_height_does_not_stop_the_sync()
    {
        sync.Claim(Mallory, ulong.MaxValue, now);
        sync.Claim(Alice, 100, now);
        var effects = Run(new() { [Alice] = ask => Honest(ask, 100), [Mallory] = _ => [] }, 15_000);

        Assert.That(sync.Tip, Is.EqualTo(100));
        Assert.That(effects.OfType<OverlayEffect.Penalise>().Select(p => (p.Peer, p.Misdeed)).Distinct(),
            Is.EqualTo(new[] { (Mallory, Misdeed.TimedOut) }));
    }

    [Test]
    public void Only_blocks_that_came_by_sync_say_that_a_node_is_catching_up()
    {
        sync.Claim(Mallory, 1_000_000, now);
        Assert.That(sync.IsCatchingUp(now), Is.False, "anybody can claim");

        var asked = sync.Tick(now).OfType<OverlayEffect.Send>().First();
        var first = Honest((WireMessage.GetBlocks)asked.Message).First();
        sync.Receive(Mallory, first, now);
        sync.Verified(1, now);
        Assert.That(sync.IsCatchingUp(now));
        Assert.That(sync.IsCatchingUp(now + OverlayLimits.SyncStallMs), Is.False, "no more came");

        sync.Advanced(2);
        Assert.That(sync.IsCatchingUp(now), Is.False, "agreement goes on");
    }

    [Test]
    public void B21_It_goes_from_agreement_to_sync_and_back_any_number_of_times()
    {
        ulong top = 0;
        for (var turn = 0; turn < 5; turn++)
        {
            top += 20;
            sync.Claim(Alice, top, now);
            var reachable = top;
            Run(new() { [Alice] = ask => Honest(ask, reachable) }, 2_000);
            Assert.That((sync.Tip, sync.IsCatchingUp(now)), Is.EqualTo((top, false)), $"turn {turn}");

            sync.Advanced(++top);
            Assert.That(sync.Tip, Is.EqualTo(top));
        }
    }

    [Test]
    public void One_block_behind_we_go_on_voting_and_ask_after_a_moment()
    {
        sync.Claim(Alice, 1, now);

        Assert.That(sync.Tick(now), Is.Empty);
        Assert.That(sync.Tick(now + OverlayLimits.OneBehindMs), Has.Count.EqualTo(1));
    }

    [Test]
    public void A_forged_block_costs_its_sender_and_another_is_asked()
    {
        sync.Claim(Mallory, 50, now);
        Perform(sync.Tick(now), new() { [Mallory] = ask => Serving.Heights(ask, 50).Select(Forged) }, []);
        Assert.That((sync.Tip, sync.Buffered), Is.EqualTo((0UL, 0)), "nothing of a liar is kept");

        sync.Claim(Alice, 50, now);
        Run(new() { [Alice] = ask => Honest(ask, 50) }, 2_000);
        Assert.That(sync.Tip, Is.EqualTo(50));
    }

    [Test]
    public void A_certificate_for_another_block_is_refused_at_once()
    {
        sync.Claim(Mallory, 50, now);
        sync.Tick(now);
        var wrong = SomeMessages.Reply(1) with { Certificate = SomeMessages.Reply(2).Certificate };

        Assert.That(sync.Receive(Mallory, wrong, now),
            Is.EqualTo(new[] { new OverlayEffect.Penalise(Mallory, Misdeed.BadBlock) }));
        Assert.That(sync.BestClaim(now), Is.Zero);
    }

    [Test]
    public void A_block_that_nobody_asked_for_is_not_taken()
    {
        sync.Claim(Alice, 50, now);
        Assert.That(sync.Receive(Mallory, SomeMessages.Reply(1), now), Is.Empty);
        sync.Tick(now);

        Assert.That(sync.Receive(Mallory, SomeMessages.Reply(1), now),
            Is.EqualTo(new[] { new OverlayEffect.Penalise(Mallory, Misdeed.Unsolicited) }));
        Assert.That(sync.Receive(Alice, SomeMessages.Reply(900), now), Is.Empty);
        Assert.That(sync.Buffered, Is.Zero);
    }

    [Test]
    public void A_block_sent_twice_counts_once()
    {
        sync.Claim(Alice, 50, now);
        sync.Tick(now);

        Assert.That(sync.Receive(Alice, SomeMessages.Reply(1), now), Has.Count.EqualTo(1));
        Assert.That(sync.Receive(Alice, SomeMessages.Reply(1), now), Is.Empty);
    }

    [Test]
    public void A_late_block_of_a_peer_that_was_given_up_still_helps()
    {
        sync.Claim(Alice, 2, now);
        sync.Tick(now);
        now += OverlayLimits.BlockTimeoutMs;
        sync.Tick(now);

        Assert.That(sync.Receive(Alice, SomeMessages.Reply(1), now)[0], Is.TypeOf<OverlayEffect.VerifyBlock>());
    }

    [Test]
    public void Coming_back_does_not_clear_a_liars_record()
    {
        sync.Claim(Mallory, 50, now);
        sync.Tick(now);
        now += OverlayLimits.BlockTimeoutMs;
        sync.Tick(now);
        sync.Left(Mallory);
        sync.Claim(Mallory, 50, now);

        Assert.That(sync.BestClaim(now), Is.Zero);
    }

    [Test]
    public void The_agreement_may_overtake_a_block_on_offer()
    {
        sync.Claim(Alice, 3, now);
        sync.Tick(now);
        sync.Receive(Alice, SomeMessages.Reply(1), now);
        sync.Receive(Alice, SomeMessages.Reply(2), now);

        var effects = sync.Advanced(1);

        Assert.That(effects.OfType<OverlayEffect.VerifyBlock>().Single().Block.Header.Height, Is.EqualTo(2));
        Assert.That(sync.Verified(1, now), Is.Empty);
        Assert.That(sync.Failed(1, now), Is.Empty);
    }

    [Test]
    public void A_claim_that_is_not_repeated_is_worth_nothing_after_a_while()
    {
        sync.Claim(Alice, 50, now);

        Assert.That(sync.BestClaim(now + OverlayLimits.ClaimMs - 1), Is.EqualTo(50));
        Assert.That(sync.BestClaim(now + OverlayLimits.ClaimMs), Is.Zero);
    }

    [Test]
    public void Only_what_we_have_is_served_and_never_more_than_the_bound()
    {
        Assert.That(Serving.Heights(new(5, 3), 100), Is.EqualTo(new ulong[] { 5, 6, 7 }));
        Assert.That(Serving.Heights(new(99, 16), 100), Is.EqualTo(new ulong[] { 99, 100 }));
        Assert.That(Serving.Heights(new(101, 16), 100), Is.Empty);
        Assert.That(Serving.Heights(new(ulong.MaxValue, 16), ulong.MaxValue).Count(), Is.EqualTo(1));
        Assert.That(Serving.Heights(new(1, int.MaxValue), 100).Count(), Is.EqualTo(OverlayLimits.BlocksPerRequestMax));
    }
}

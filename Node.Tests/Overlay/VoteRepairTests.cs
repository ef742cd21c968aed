using Ledger.Consensus.Chain;
using Ledger.Consensus.Engine;
using Ledger.Node.Overlay;
using Ledger.Node.Tests.Consensus.Engine;
using static Ledger.Consensus.Chain.VoteKind;
using static Ledger.Node.Tests.Consensus.Engine.Table;

namespace Ledger.Node.Tests.Overlay;

/// <summary>What one peer gives another after hearing where it stands.</summary>
public class VoteRepairTests
{
    private static readonly Block Apple = Table.Block(1), Bread = Table.Block(2);

    [Test]
    public void A_peer_that_has_all_that_we_have_is_sent_nothing()
    {
        var table = new Table().LockedOn(Apple);

        Assert.That(Missing(table, VoteRepair.StatusOf(table.Agreement)), Is.Empty);
    }

    [Test]
    public void A_peer_one_height_behind_is_given_the_proof_of_that_height()
    {
        var last = new CommitCertificate(Height - 1, 0, Bread.Id, []);
        var status = VoteRepair.StatusOf(new Table().Agreement) with { Height = Height - 1 };

        Assert.That(Missing(new(), status, last), Is.EqualTo(new[] { new WireMessage.Certified(last) }));
        Assert.That(Missing(new(), status with { Height = Height - 2 }, last), Is.Empty, "that is for block sync");
        Assert.That(Missing(new(), status with { Height = Height + 1 }, last), Is.Empty);
    }

    [Test]
    public void A_peer_without_the_quorum_that_we_see_is_given_the_certificate()
    {
        // It has a vote of everyone, but another one of seat 0.
        var (table, peer) = (new Table(), new Table(self: 2));
        table.Prevotes(0, Apple, 0, 1, 2);
        peer.Prevotes(0, Bread, 0);
        peer.Prevotes(0, Apple, 1, 2);

        var proof = Missing(table, VoteRepair.StatusOf(peer.Agreement)).OfType<WireMessage.Certified>().Single();
        peer.Handle(Certified(proof.Certificate));

        Assert.That(peer.Agreement.Votes.QuorumBlock(0, Prevote), Is.EqualTo(Apple.Id));
    }

    [Test]
    public void A_peer_in_a_later_round_is_shown_our_hidden_lock_with_its_block()
    {
        var (table, peer) = (new Table().LockedOn(Apple), new Table(self: 1));
        peer.Precommits(0, null, 0, 1, 2);
        peer.Timeout(Step.Precommit, 0);

        Give(table, peer);
        peer.Validated(Apple);

        Assert.That(peer.State.Valid, Is.EqualTo(new Polka(Apple.Id, 0)));
        Give(table, peer);
        Assert.That(Missing(table, VoteRepair.StatusOf(peer.Agreement)), Is.Empty, "now it has all");
    }

    [Test]
    public void A_peer_in_an_earlier_round_is_shown_why_ours_may_be_entered()
    {
        var (table, peer) = (new Table(), new Table(self: 2));
        table.Prevotes(6, null, 0, 1);

        Give(table, peer);

        Assert.That(peer.State.Round, Is.EqualTo(6));
    }

    [Test]
    public void A_peer_that_waits_for_the_polka_that_a_proposal_names_is_given_it()
    {
        var (table, peer) = (new Table().LockedOn(Apple), new Table(self: 1));
        table.Propose(Apple, 1, validRound: 0);
        peer.Precommits(0, null, 0, 1, 2);
        peer.Timeout(Step.Precommit, 0);
        peer.ProposeValid(Apple, 1, validRound: 0);

        Assert.That(Give(table, peer).OfType<Effect.Cast>().Select(c => c.Vote),
            Does.Contain(peer.Cast(Prevote, 1, Apple, 0).Vote));
    }

    [Test]
    public void A_decision_whose_block_we_lack_is_passed_on()
    {
        var (table, peer) = (new Table(), new Table(self: 2));
        table.Handle(Commit(3, Apple, 0, 1, 2));
        peer.Propose(Apple, 3 - 2);

        Assert.That(Missing(table, VoteRepair.StatusOf(peer.Agreement)),
            Does.Contain(new WireMessage.Certified(Commit(3, Apple, 0, 1, 2).Certificate.Value)));
    }

    [Test]
    public void What_is_said_again_is_our_votes_our_right_to_the_round_and_where_we_stand()
    {
        var table = new Table().LockedOn(Apple);
        table.Prevotes(1, null, 3);

        Assert.That(VoteRepair.Standing(table.Agreement), Is.EqualTo(new WireMessage[]
        {
            new WireMessage.Ballot(Signed(Prevote, 1, null, 3)), new WireMessage.Certified(table.Agreement.Entry!),
            VoteRepair.StatusOf(table.Agreement),
        }));
    }

    private static List<WireMessage> Missing(
        Table table, WireMessage.Status theirs, CommitCertificate? last = null) =>
        [.. VoteRepair.Missing(table.Agreement, table.Validators, theirs, last)];

    private static List<Effect> Give(Table from, Table to)
    {
        var effects = new List<Effect>();
        foreach (var message in Missing(from, VoteRepair.StatusOf(to.Agreement)))
            effects.AddRange(message switch
            {
                WireMessage.Ballot or WireMessage.Ballots =>
                    [.. message.Votes.SelectMany(v => to.Handle(new Input.Voted(new(v))))],
                WireMessage.Offer { Proposal: var offer } =>
                    to.Handle(new Input.Proposed(new(offer), offer.Block.Header.Time)),
                WireMessage.Certified proof => to.Handle(Certified(proof.Certificate)),
                _ => [],
            });
        return effects;
    }
}

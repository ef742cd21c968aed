using Ledger.Consensus.Chain;
using Ledger.Consensus.Engine;
using static Ledger.Consensus.Chain.VoteKind;
using static Ledger.Node.Tests.Consensus.Engine.Table;

namespace Ledger.Node.Tests.Consensus.Engine;

/// <summary>Whoever contradicts itself before our eyes is accused, once, and honest validators never are.</summary>
public class EvidenceTests
{
    private static readonly Block Apple = Table.Block(1), Bread = Table.Block(2), Cheese = Table.Block(3);

    [Test]
    public void B10_a_second_vote_is_reported_once_and_does_not_erase_the_first() // tari#2649
    {
        var table = new Table();
        table.ProposeValid(Apple, 0);
        table.Prevotes(0, Apple, 0);

        Assert.That(Accused(table.Prevotes(0, Bread, 0)),
            Is.EqualTo(new[] { DuplicateOf(Signed(Prevote, 0, Apple, 0), Signed(Prevote, 0, Bread, 0)) }));
        Assert.That(table.Prevotes(0, Cheese, 0), Is.Empty);
        Assert.That(table.Prevotes(0, Apple, 1, 2), Does.Contain(table.Cast(Precommit, 0, Apple)));
    }

    [Test]
    public void B10_the_second_vote_of_an_equivocator_counts_in_a_certificate_and_only_there() // malachite#859
    {
        // The others saw Bread of seat 0 and have a polka; we saw its Apple first. We must be able to see their polka.
        var table = new Table();
        table.Prevotes(0, Apple, 0);
        table.Prevotes(0, Bread, 1, 2);
        table.Prevotes(0, Bread, 0);
        Assert.That(table.Agreement.Votes.QuorumBlock(0, Prevote), Is.Null);

        table.Handle(Polka(0, Bread, null, 0, 1, 2));

        Assert.That(table.Agreement.Votes.QuorumBlock(0, Prevote), Is.EqualTo(Bread.Id));
        Assert.That(table.Agreement.Votes.Polka(0)!.Signatures, Has.Length.EqualTo(3), "and we can show it on");
    }

    [Test]
    public void B10_two_votes_of_one_validator_never_count_twice_for_a_quorum()
    {
        var table = new Table();
        table.ProposeValid(Apple, 0);
        table.Prevotes(0, Bread, 0, 1);
        table.Prevotes(0, Bread, 0, 1);
        table.Prevotes(0, null, 0, 1);
        table.Handle(Polka(0, Bread, null, 0, 1));

        Assert.That(table.Agreement.Votes.HasQuorum(0, Prevote), Is.False);
        Assert.That(table.Agreement.Votes.QuorumBlock(0, Prevote), Is.Null);
    }

    [Test]
    public void One_block_with_two_valid_rounds_is_two_ballots()
    {
        var table = InRound(2);
        table.PrevotesAgain(2, Apple, 1, 0, 1);

        Assert.That(Accused(table.PrevotesAgain(2, Apple, 0, 0)), Has.Length.EqualTo(1));
        table.PrevotesAgain(2, Apple, 0, 2);
        Assert.That(table.Agreement.Votes.QuorumBlock(2, Prevote), Is.Null, "no polka of one pair");
        table.PrevotesAgain(2, Apple, 1, 3);
        Assert.That(table.Agreement.Votes.QuorumBlock(2, Prevote), Is.EqualTo(Apple.Id));
    }

    [Test]
    public void A_second_vote_in_a_certificate_is_evidence_too()
    {
        var table = new Table();
        table.Prevotes(0, Apple, 0);

        Assert.That(Accused(table.Handle(Polka(0, Bread, null, 0, 1, 2))),
            Is.EqualTo(new[] { DuplicateOf(Signed(Prevote, 0, Apple, 0), Signed(Prevote, 0, Bread, 0)) }));
    }

    [Test]
    public void A_contradiction_is_wanted_once()
    {
        var table = new Table();
        table.Prevotes(0, Apple, 0);
        Assert.That(table.Agreement.Wants(Signed(Prevote, 0, Apple, 0).Vote), Is.False);
        Assert.That(table.Agreement.Wants(Signed(Prevote, 0, Bread, 0).Vote), Is.True);

        table.Prevotes(0, Bread, 0);

        Assert.That(table.Agreement.Wants(Signed(Prevote, 0, Cheese, 0).Vote), Is.False);
    }

    [Test]
    public void A_second_proposal_is_reported_once_even_where_no_more_are_kept()
    {
        var table = new Table();
        table.Propose(Apple, 0);
        Assert.That(table.Agreement.Wants(Proposal(Bread, 0, null, 0).Proposal.Value.Proposal), Is.True);

        var accused = Accused(table.Propose(Bread, 0));

        Assert.That(accused, Is.EqualTo(new[] { Evidence.DuplicateProposal.Of(Offer(Apple), Offer(Bread)) }));
        Assert.That(Accused(table.Propose(Cheese, 0)), Is.Empty);
        Assert.That(table.Agreement.Wants(Proposal(Cheese, 0, null, 0).Proposal.Value.Proposal), Is.False);
    }

    [Test]
    public void One_block_proposed_with_two_valid_rounds_is_two_proposals()
    {
        var table = InRound(2);
        table.Propose(Apple, 2, validRound: 0);

        Assert.That(Accused(table.Propose(Apple, 2, validRound: 1)), Has.Length.EqualTo(1));
        Assert.That(table.Agreement.Proposals(2), Has.Count.EqualTo(1), "the block is here already");
    }

    [TestCase(true, TestName = "Amnesia is seen when the prevote follows the precommit")]
    [TestCase(false, TestName = "Amnesia is seen when the precommit turns up after the prevote")]
    public void Amnesia_is_seen_in_either_order(bool lockFirst)
    {
        var table = new Table();
        SignedVote locked = Signed(Precommit, 0, Apple, 0), forgot = Signed(Prevote, 2, Bread, 0);
        SignedVote[] votes = lockFirst ? [locked, forgot] : [forgot, locked];

        var accused = Accused(table.Handle(votes.Select(v => new Input.Voted(new(v)))));

        Assert.That(accused, Is.EqualTo(new[] { new Evidence.Amnesia(locked, forgot) }));
        Assert.That(Accused(table.Precommits(1, Apple, 0)), Is.Empty, "once for each validator and round");
        Assert.That(accused[0].Offender, Is.EqualTo(Seat(0)));
    }

    [Test]
    public void Amnesia_is_seen_though_the_round_of_the_lock_is_long_past()
    {
        var table = new Table();
        table.Precommits(0, Apple, 0);
        table.Prevotes(400, null, 1, 2);

        Assert.That(Accused(table.PrevotesAgain(400, Bread, 399, 0)), Is.Empty);
        Assert.That(Accused(table.Prevotes(401, Bread, 0)), Has.Length.EqualTo(1));
    }

    [Test]
    public void Who_follows_a_polka_since_its_lock_or_gives_up_is_not_accused()
    {
        var table = new Table();
        table.Precommits(0, Apple, 0);
        table.Prevotes(1, null, 0);
        table.PrevotesAgain(1, Apple, 0, 1);
        table.Precommits(1, null, 0);

        Assert.That(Accused(table.PrevotesAgain(2, Bread, 0, 0)), Is.Empty);
    }

    [Test]
    public void What_we_do_ourselves_is_never_evidence_against_us()
    {
        var table = new Table().LockedOn(Apple);
        var said = new List<Effect>();
        for (uint round = 1; round < 40; round++)
        {
            said.AddRange(table.Propose(Apple, round, round % 3 == 0 ? 0 : null));
            said.AddRange(table.ProposeValid(Bread, round, round % 3 == 1 ? round - 1 : null));
            said.AddRange(table.PrevotesAgain(round, Bread, round - 1, 0, 1));
            foreach (var step in (Step[])[Step.Propose, Step.Prevote, Step.Precommit])
                said.AddRange(table.Timeout(step, round));
            said.AddRange(table.Precommits(round, null, 0, 1, 2));
            said.AddRange(table.Timeout(Step.Precommit, round));
        }
        var own = said.OfType<Effect.Cast>().Select(c => new Input.Voted(new(new(c.Vote, default)))).ToList();
        Assert.That(own, Has.Count.GreaterThan(60));

        Assert.That(Accused(new Table(self: 2).Handle([Vote(Precommit, 0, Apple, 3), .. own])), Is.Empty);
    }

    private static Evidence[] Accused(IEnumerable<Effect> effects) =>
        [.. effects.OfType<Effect.Accuse>().Select(e => e.Evidence)];

    private static Evidence.DuplicateVote DuplicateOf(SignedVote one, SignedVote other) =>
        Evidence.DuplicateVote.Of(one, other);

    private static SignedOffer Offer(Block block) => Proposal(block, 0, null, 0).Proposal.Value.Offer;

    private static Table InRound(uint round)
    {
        var table = new Table();
        table.Precommits(round, null, 1, 2);
        return table;
    }
}

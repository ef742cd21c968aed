using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Engine;
using static Ledger.Consensus.Chain.VoteKind;
using static Ledger.Node.Tests.Consensus.Engine.Table;

namespace Ledger.Node.Tests.Consensus.Engine;

/// <summary>Bugs that other implementations of this algorithm shipped, one test each; the links name where.</summary>
public class ClassicBugTests
{
    private static readonly Block Apple = Table.Block(1), Bread = Table.Block(2), Cheese = Table.Block(3);

    [TestCase(Step.Propose,
        TestName = "B1 the valid block is set when the proposal follows the polka while waiting for a proposal")]
    [TestCase(Step.Prevote,
        TestName = "B1 the valid block is set when the proposal follows the polka after a prevote for nil")]
    [TestCase(Step.Precommit,
        TestName = "B1 the valid block is set when the proposal follows the polka after a precommit for nil")]
    public void B1_valid_block_when_proposal_follows_polka(Step step) // tendermint#1475, #1569, nimiq#3898
    {
        var table = new Table();
        if (step > Step.Propose)
            table.Timeout(Step.Propose, 0);
        if (step > Step.Prevote)
            table.Timeout(Step.Prevote, 0);
        table.Prevotes(0, Apple, 0, 1, 2);
        Assert.That(table.State.Valid, Is.Null);

        table.ProposeValid(Apple, 0);

        Assert.That(table.State.Valid, Is.EqualTo(new Polka(Apple.Id, 0)));
        Assert.That(table.State.Locked is null, Is.EqualTo(step == Step.Precommit));
    }

    [Test]
    public void B2_a_late_polka_of_the_valid_round_is_noticed() // autonity#615, malachite#850
    {
        var table = new Table();
        table.Precommits(0, null, 0, 1, 2);
        table.Timeout(Step.Precommit, 0);
        table.Prevotes(0, Apple, 0);
        table.ProposeValid(Apple, 1, validRound: 0);

        Assert.That(table.Prevotes(0, Apple, 1, 2), Does.Contain(table.Cast(Prevote, 1, Apple)));
    }

    [Test]
    public void B3_precommits_for_nil_do_not_end_the_round_early() // tendermint#1690
    {
        var table = new Table();
        table.ProposeValid(Apple, 0);

        table.Precommits(0, null, 0, 1, 2);
        Assert.That(table.State.Round, Is.Zero);

        table.Prevotes(0, Apple, 0, 1, 2);
        Assert.That(table.State.Valid, Is.EqualTo(new Polka(Apple.Id, 0)), "the polka still counts");
    }

    [Test]
    public void B4_early_prevotes_of_others_do_not_make_us_vote_before_the_proposal() // tendermint#1745, #2540
    {
        var table = new Table();

        Assert.That(table.Prevotes(0, null, 0, 1, 2), Is.Empty);
        Assert.That(table.State.Step, Is.EqualTo(Step.Propose));
        Assert.That(table.ProposeValid(Apple, 0), Does.Contain(table.Cast(Prevote, 0, Apple)));
    }

    [Test]
    public void B5_a_node_without_a_clock_is_carried_along_by_the_others() // SOVEREIGN#2591
    {
        var table = new Table();
        foreach (var round in (uint[])[1, 2, 3, 9])
        {
            table.Prevotes(round, null, 0, 1);
            Assert.That(table.State.Round, Is.EqualTo(round));
        }
    }

    [Test]
    public void B6_a_prevote_and_a_precommit_of_two_senders_count_together_for_skipping() // autonity#347
    {
        var table = new Table();
        table.Prevotes(1, null, 0);
        table.Precommits(1, Apple, 1);

        Assert.That(table.State.Round, Is.EqualTo(1));
    }

    [Test]
    public void B6_one_sender_counts_once_for_skipping()
    {
        var table = new Table();
        table.Prevotes(1, null, 0);
        table.Precommits(1, null, 0);
        table.Prevotes(2, null, 0);

        Assert.That(table.State.Round, Is.Zero);
    }

    [TestCase(0u, TestName = "B7 a past round decides")]
    [TestCase(1u, TestName = "B7 the present round decides")]
    [TestCase(2u, TestName = "B7 a future round decides")]
    public void B7_any_round_decides(uint round) // tendermint#135, #304, #861
    {
        var table = new Table();
        table.Timeout(Step.Precommit, 0);
        table.Propose(Bread, 1);
        table.Propose(Apple, round);
        table.Precommits(round, Apple, 0, 1);
        Assert.That(table.State.Decided, Is.False);

        Assert.That(table.Precommits(round, Apple, 2).OfType<Effect.Decide>().Single().Certificate.Round,
            Is.EqualTo(round));
    }

    // tendermint#861, #1575
    [Test]
    public void B7_the_block_that_was_decided_takes_the_place_of_others_of_an_equivocating_proposer()
    {
        var table = new Table();
        table.Propose(Apple, 0);
        table.Propose(Bread, 0);
        table.Propose(Cheese, 0);
        Assert.That(table.Agreement.Proposals(0), Has.Count.EqualTo(Limits.RoundProposalsMax), "a flood is not kept");
        table.Precommits(0, Cheese, 0, 1, 2);
        Assert.That(table.State.Decided, Is.False);

        table.Propose(Cheese, 0);

        Assert.That(table.State.Decided);
    }

    [Test]
    public void B7_the_polka_of_the_second_proposal_can_be_followed()
    {
        var table = new Table();
        table.ProposeValid(Apple, 0);
        table.Propose(Bread, 0);

        Assert.That(table.Prevotes(0, Bread, 0, 1, 2), Does.Contain(new Effect.Validate(Bread)));
        Assert.That(table.Validated(Bread), Is.EqualTo(new[] { table.Cast(Precommit, 0, Bread) }));
    }

    [Test]
    public void B8_a_hidden_lock_is_released_by_who_shows_its_polka() // malachite#956, tendermint#1047
    {
        // We alone saw the polka of Apple in round 0, and are locked. Others go on with new blocks, which we refuse.
        var table = new Table().LockedOn(Apple);
        for (uint round = 1; round < 10; round++)
        {
            if (round % 4 != 3)
                Assert.That(table.ProposeValid(Table.Block(100 + (int)round), round),
                    Does.Contain(table.Cast(Prevote, round, null)));
            Assert.That(table.State.Valid, Is.EqualTo(new Polka(Apple.Id, 0)));
            table.Prevotes(round + 1, null, 0, 1);
        }
        // When it is our turn we offer our lock with its round, and those who see its polka can follow.
        var ours = table.Prevotes(11, null, 0, 1).OfType<Effect.Propose>().Single();

        Assert.That(ours.Proposal, Is.EqualTo(new Proposal(Height, 11, 0, Apple.Id, Seat(3))));
        Assert.That(table.Agreement.Votes.Votes(0, Prevote), Has.Count.EqualTo(3), "and we can show it");
    }

    // tendermint#2619
    [Test]
    public void B9_a_valid_round_that_is_not_before_the_round_is_refused(
        [Values(1u, 2u, 3u, 1_000_000u)] uint validRound)
    {
        var table = new Table();
        table.Timeout(Step.Precommit, 0);

        table.ProposeValid(Apple, 1, validRound);

        Assert.That(table.Agreement.Proposals(1), Is.Empty);
    }

    [Test]
    public void B10_a_second_vote_is_reported_once_and_does_not_erase_the_first() // tari#2649
    {
        var table = new Table();
        table.ProposeValid(Apple, 0);
        table.Prevotes(0, Apple, 0);

        var first = table.Prevotes(0, Bread, 0).OfType<Effect.Equivocated>().Single();
        Assert.That((first.First.Vote.Block, first.Second.Vote.Block), Is.EqualTo((Apple.Id, Bread.Id)));
        Assert.That(table.Prevotes(0, Cheese, 0), Is.Empty);
        Assert.That(table.Prevotes(0, Apple, 1, 2), Does.Contain(table.Cast(Precommit, 0, Apple)));
    }

    [Test]
    public void B10_the_second_vote_of_an_equivocator_counts_where_honest_votes_make_a_quorum_with_it()
    {
        // The others saw Bread of seat 0 and have a polka; we saw its Apple first. We must be able to see their polka.
        var table = new Table();
        table.Prevotes(0, Apple, 0);
        table.Prevotes(0, Bread, 1, 2);
        Assert.That(table.Agreement.Votes.QuorumBlock(0, Prevote), Is.Null);

        table.Prevotes(0, Bread, 0);

        Assert.That(table.Agreement.Votes.QuorumBlock(0, Prevote), Is.EqualTo(Bread.Id));
    }

    [Test]
    public void B10_two_votes_of_one_validator_never_count_twice_for_a_quorum()
    {
        var table = new Table();
        table.ProposeValid(Apple, 0);
        table.Prevotes(0, Bread, 0, 1);
        table.Prevotes(0, Bread, 0, 1);
        table.Prevotes(0, null, 0, 1);

        Assert.That(table.Agreement.Votes.HasQuorum(0, Prevote), Is.False);
    }

    [Test]
    public void B15_a_stale_timer_does_nothing([Values] Step step) // cometbft#3092, serai#382
    {
        var table = new Table();
        table.Prevotes(2, null, 0, 1);
        var before = table.State;

        Assert.That(table.Timeout(step, 1), Is.Empty);
        Assert.That(table.Timeout(step, 3), Is.Empty);
        Assert.That(table.Handle(new Input.TimedOut(Height + 1, 2, step)), Is.Empty);
        Assert.That(table.State, Is.EqualTo(before));
    }

    [Test]
    public void B15_a_timer_of_a_step_that_is_over_does_nothing()
    {
        var table = new Table();
        table.ProposeValid(Apple, 0);

        Assert.That(table.Timeout(Step.Propose, 0), Is.Empty);
        table.Prevotes(0, Apple, 0, 1, 2);
        Assert.That(table.Timeout(Step.Prevote, 0), Is.Empty);
    }

    // monad#1969, starkware#14500, celo#183
    [Test]
    public void B16_a_flood_of_votes_for_future_rounds_keeps_one_vote_a_validator()
    {
        var table = new Table();
        for (uint round = 1; round < 10_000; round++)
            table.Prevotes(round, null, 0);

        Assert.That(table.Agreement.Votes.Rounds, Is.EqualTo(new[] { 1u, 2u }));
        Assert.That(table.Prevotes(5_000, null, 1),
            Does.Contain(Timer(Step.Propose, 5_000)), "and it still says where we stand");
    }

    [Test]
    public void B16_votes_remembered_from_far_ahead_count_when_we_get_there()
    {
        var table = new Table();
        table.Prevotes(50, null, 0);
        table.Prevotes(50, null, 1);

        Assert.That(table.Agreement.Votes.Votes(50, Prevote), Has.Count.EqualTo(2));
    }
}

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
        TestName = "B01 the valid block is set when the proposal follows the polka while waiting for a proposal")]
    [TestCase(Step.Prevote,
        TestName = "B01 the valid block is set when the proposal follows the polka after a prevote for nil")]
    [TestCase(Step.Precommit,
        TestName = "B01 the valid block is set when the proposal follows the polka after a precommit for nil")]
    public void B01_valid_block_when_proposal_follows_polka(Step step) // tendermint#1475, #1569, nimiq#3898
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
    public void B02_a_late_polka_of_the_valid_round_is_noticed() // autonity#615, malachite#850
    {
        var table = new Table();
        table.Precommits(0, null, 0, 1, 2);
        table.Timeout(Step.Precommit, 0);
        table.Prevotes(0, Apple, 0);
        table.ProposeValid(Apple, 1, validRound: 0);

        Assert.That(table.Prevotes(0, Apple, 1, 2), Does.Contain(table.Cast(Prevote, 1, Apple, 0)));
    }

    [Test]
    public void B02_a_certificate_of_the_valid_round_is_noticed()
    {
        var table = new Table();
        table.Precommits(0, null, 0, 1, 2);
        table.Timeout(Step.Precommit, 0);
        table.ProposeValid(Apple, 1, validRound: 0);

        Assert.That(table.Handle(Polka(0, Apple, null, 0, 1, 2)), Does.Contain(table.Cast(Prevote, 1, Apple, 0)));
    }

    [Test]
    public void B03_precommits_for_nil_do_not_end_the_round_early() // tendermint#1690
    {
        var table = new Table();
        table.ProposeValid(Apple, 0);

        table.Precommits(0, null, 0, 1, 2);
        Assert.That(table.State.Round, Is.Zero);

        table.Prevotes(0, Apple, 0, 1, 2);
        Assert.That(table.State.Valid, Is.EqualTo(new Polka(Apple.Id, 0)), "the polka still counts");
    }

    [Test]
    public void B04_early_prevotes_of_others_do_not_make_us_vote_before_the_proposal() // tendermint#1745, #2540
    {
        var table = new Table();

        Assert.That(table.Prevotes(0, null, 0, 1, 2), Is.Empty);
        Assert.That(table.State.Step, Is.EqualTo(Step.Propose));
        Assert.That(table.ProposeValid(Apple, 0), Does.Contain(table.Cast(Prevote, 0, Apple)));
    }

    [Test]
    public void B05_a_node_without_a_clock_is_carried_along_by_the_others() // SOVEREIGN#2591
    {
        var table = new Table();
        foreach (var round in (uint[])[1, 2, 3, 9])
        {
            table.Prevotes(round, null, 0, 1);
            Assert.That(table.State.Round, Is.EqualTo(round));
        }
    }

    [Test]
    public void B06_a_prevote_and_a_precommit_of_two_senders_count_together_for_skipping() // autonity#347
    {
        var table = new Table();
        table.Prevotes(1, null, 0);
        table.Precommits(1, Apple, 1);

        Assert.That(table.State.Round, Is.EqualTo(1));
    }

    [Test]
    public void B06_one_sender_counts_once_for_skipping()
    {
        var table = new Table();
        table.Prevotes(1, null, 0);
        table.Precommits(1, null, 0);
        table.Prevotes(2, null, 0);

        Assert.That(table.State.Round, Is.Zero);
    }

    [TestCase(0u, TestName = "B07 a past round decides")]
    [TestCase(1u, TestName = "B07 the present round decides")]
    [TestCase(2u, TestName = "B07 a future round decides")]
    public void B07_any_round_decides(uint round) // tendermint#135, #304, #861
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
    public void B07_the_block_that_was_decided_takes_the_place_of_others_of_an_equivocating_proposer()
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
    public void B07_the_polka_of_the_second_proposal_can_be_followed()
    {
        var table = new Table();
        table.ProposeValid(Apple, 0);
        table.Propose(Bread, 0);

        Assert.That(table.Prevotes(0, Bread, 0, 1, 2), Does.Contain(new Effect.Validate(Bread)));
        Assert.That(table.Validated(Bread), Is.EqualTo(new[] { table.Cast(Precommit, 0, Bread) }));
    }

    // tendermint#2619
    [Test]
    public void B09_a_valid_round_that_is_not_before_the_round_is_refused(
        [Values(1u, 2u, 3u, 1_000_000u)] uint validRound)
    {
        var table = new Table();
        table.Timeout(Step.Precommit, 0);

        table.ProposeValid(Apple, 1, validRound);

        Assert.That(table.Agreement.Proposals(1), Is.Empty);
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

    [Test]
    public void B14_what_comes_out_of_order_never_takes_us_back() // ava-labs/Simplex#328
    {
        var table = new Table();
        Input[] inputs =
        [
            Proposal(Apple, 0, null, 0), new Input.Validated(Apple.Id, true), Vote(Prevote, 0, Apple, 0),
            Vote(Prevote, 0, Apple, 1), Vote(Prevote, 0, Apple, 2), Vote(Prevote, 0, Apple, 3),
            Vote(Precommit, 0, null, 0), Vote(Precommit, 0, null, 1), new Input.TimedOut(Height, 0, Step.Precommit),
            Vote(Prevote, 2, null, 0), Vote(Precommit, 2, null, 1), new Input.TimedOut(Height, 0, Step.Propose),
        ];
        table.Handle(inputs);
        var reached = table.State;

        // A log whose tail repeats older records, and one that has them in another order.
        table.Handle(inputs);
        Assert.That(table.State, Is.EqualTo(reached));
        table.Handle(inputs.Reverse());
        Assert.That(table.State, Is.EqualTo(reached));
        Assert.That((reached.Round, reached.Locked), Is.EqualTo((2u, new Polka(Apple.Id, 0))));
    }

    [Test]
    public void B27_a_proposer_does_not_send_what_it_would_not_vote_for() // cometbft#5204
    {
        var table = new Table(self: 0);
        table.Handle(new Input.Built(0, Apple));

        Assert.That(table.Validated(Apple, valid: false), Is.Empty);
        Assert.That(table.Timeout(Step.Propose, 0), Is.EqualTo(new[] { table.Cast(Prevote, 0, null) }));
    }
}

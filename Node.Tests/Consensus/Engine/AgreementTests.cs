using Ledger.Consensus.Chain;
using Ledger.Consensus.Engine;
using static Ledger.Consensus.Chain.VoteKind;
using static Ledger.Node.Tests.Consensus.Engine.Table;

namespace Ledger.Node.Tests.Consensus.Engine;

/// <summary>What the host relies on: who follows stays silent, strangers count for nothing, replay repeats.</summary>
public class AgreementTests
{
    private static readonly Block Apple = Table.Block(1), Bread = Table.Block(2);

    [Test]
    public void Who_is_no_validator_follows_and_decides_without_a_word()
    {
        var table = new Table(self: 9);
        Effect[] effects =
        [
            .. table.Opening, .. table.Propose(Apple, 0), .. table.Prevotes(0, Apple, 0, 1, 2),
            .. table.Timeout(Step.Propose, 0), .. table.Timeout(Step.Prevote, 0),
            .. table.Precommits(0, Apple, 0, 1, 2),
        ];

        Assert.That(effects.Where(e => e is not Effect.SetTimer).Single(), Is.TypeOf<Effect.Decide>());
    }

    [Test]
    public void Votes_of_strangers_and_of_other_heights_count_for_nothing()
    {
        var table = new Table();
        table.Prevotes(1, null, 7, 8, 9);
        table.Handle(Enumerable.Range(0, 3).Select(s => Vote(Precommit, 1, null, s, Height + 1)));

        Assert.That((table.State.Round, table.Agreement.Votes.Rounds.Count()), Is.EqualTo((0u, 0)));
    }

    [Test]
    public void A_proposal_of_who_is_not_the_proposer_is_ignored([Values(1, 2, 3, 9)] int seat)
    {
        var table = new Table();

        Assert.That(table.Handle(Proposal(Apple, 0, null, seat)), Is.Empty);
        Assert.That(table.Agreement.Proposals(0), Is.Empty);
    }

    [Test]
    public void A_proposal_of_another_height_or_too_far_ahead_is_ignored()
    {
        var table = new Table();
        table.Handle(Proposal(Apple, 0, null, 0, Height + 1));
        table.Propose(Apple, 3);

        Assert.That(table.Agreement.Proposals(0).Concat(table.Agreement.Proposals(3)), Is.Empty);
    }

    [Test]
    public void A_proposal_of_the_next_round_is_kept_and_checked_when_that_round_starts()
    {
        var table = new Table();
        Assert.That(table.Propose(Apple, 1), Is.Empty);

        Assert.That(table.Timeout(Step.Precommit, 0),
            Is.EqualTo(new Effect[] { Timer(Step.Propose, 1), new Effect.Validate(Apple) }));
    }

    [Test]
    public void A_block_is_checked_once_however_often_it_is_proposed()
    {
        var table = new Table().LockedOn(Apple);

        Assert.That(table.Propose(Apple, 1, validRound: 0).OfType<Effect.Validate>(), Is.Empty);
    }

    [Test]
    public void An_answer_about_a_block_that_was_not_asked_for_means_nothing()
    {
        var table = new Table();
        table.Validated(Apple);

        Assert.That(table.Propose(Apple, 0), Is.EqualTo(new[] { new Effect.Validate(Apple) }));
    }

    [Test]
    public void A_block_built_too_late_or_for_another_height_is_not_proposed()
    {
        Assert.That(new Table(self: 0).Handle(new Input.Built(0, Table.Block(1, Height + 1))), Is.Empty);
        var table = new Table(self: 0);
        table.Timeout(Step.Propose, 0);

        Assert.That(table.Handle(new Input.Built(0, Apple)), Is.Empty);
    }

    [Test]
    public void A_single_validator_decides_alone()
    {
        var table = new Table(self: 0, seats: 1);
        table.Handle(new Input.Built(0, Apple));
        table.Validated(Apple);
        table.Propose(Apple, 0);
        table.Prevotes(0, Apple, 0);

        Assert.That(table.Precommits(0, Apple, 0).OfType<Effect.Decide>().Single().Block, Is.EqualTo(Apple));
    }

    [Test]
    public void Proposals_of_long_past_rounds_are_dropped_unless_a_quorum_named_their_block()
    {
        var table = new Table();
        table.Propose(Apple, 0);
        table.Propose(Bread, 1);
        table.Prevotes(0, Apple, 0, 1, 2);
        table.Precommits(9, null, 0, 1);

        Assert.That((table.Agreement.Proposals(0).Count, table.Agreement.Proposals(1).Count), Is.EqualTo((1, 0)));
    }

    [TestCase(new ulong[] { 1, 1, 1, 100 }, new[] { 3 }, true,
        TestName = "The giant among (1, 1, 1, 100) decides alone")]
    [TestCase(new ulong[] { 1, 1, 1, 100 }, new[] { 0, 1, 2 }, false,
        TestName = "The others among (1, 1, 1, 100) decide nothing")]
    [TestCase(new ulong[] { 33, 33, 34 }, new[] { 0, 1 }, false, TestName = "66 of 100 are no quorum")]
    [TestCase(new ulong[] { 33, 33, 34 }, new[] { 1, 2 }, true, TestName = "67 of 100 are a quorum")]
    public void Stake_decides_and_not_heads(ulong[] stakes, int[] voters, bool decides)
    {
        var table = new Table(self: 9, stakes: stakes);
        var proposer = Enumerable.Range(0, stakes.Length)
            .First(i => Seat(i) == Proposers.Proposer(table.Validators, 0));
        table.Handle(Proposal(Apple, 0, null, proposer));
        table.Precommits(0, Apple, voters);

        Assert.That(table.State.Decided, Is.EqualTo(decides));
    }

    [Test]
    public void Bitmaps_show_who_has_voted()
    {
        var table = new Table(self: 0, seats: 10);
        table.Prevotes(0, Apple, 0, 3, 9);

        Assert.That(table.Agreement.Votes.Bitmap(0, Prevote), Is.EqualTo(new byte[] { 0b0000_1001, 0b0000_0010 }));
        Assert.That(table.Agreement.Votes.Bitmap(0, Precommit), Is.EqualTo(new byte[] { 0, 0 }));
    }

    [Test]
    public void Any_prefix_of_the_inputs_given_again_has_the_same_effects()
    {
        Input[] inputs =
        [
            Proposal(Apple, 0, null, 0), Vote(Prevote, 0, Apple, 0), Vote(Prevote, 0, Bread, 0),
            new Input.Validated(Apple.Id, true), Vote(Prevote, 0, Apple, 1), Vote(Prevote, 0, Apple, 2),
            Vote(Precommit, 0, null, 2), Vote(Precommit, 0, null, 1), Vote(Precommit, 0, Apple, 0),
            new Input.TimedOut(Height, 0, Step.Precommit), Vote(Prevote, 5, null, 1), Vote(Precommit, 5, null, 2),
            Proposal(Apple, 5, 0, 1), Vote(Precommit, 0, Apple, 3), Commit(0, Apple, 0, 1, 3),
        ];
        var once = new Table();
        var effects = once.Handle(inputs);
        Assert.That(once.State.Decided);

        for (var length = 0; length <= inputs.Length; length++)
        {
            var again = new Table();
            var replayed = again.Handle(inputs[..length]);
            Assert.That(replayed, Is.EqualTo(effects.Take(replayed.Count)), $"{length} inputs");
        }
    }

    [Test]
    public void Nothing_works_before_the_first_height_starts() =>
        Assert.That(() => new Agreement(null, Waits, Clocks).Handle(new Input.Validated(Apple.Id, true)),
            Throws.InvalidOperationException);

    [Test]
    public void Timeouts_grow_with_the_round_and_must()
    {
        Assert.That(Timeouts.Standard.Of(Step.Propose, 10), Is.EqualTo(7_000));
        Assert.That(Timeouts.Standard.Of(Step.Prevote, uint.MaxValue), Is.GreaterThan(uint.MaxValue));
        Assert.That(() => new Timeouts(new(1, 0), new(1, 1), new(1, 1)), Throws.ArgumentException);
    }
}

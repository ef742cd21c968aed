using Ledger.Consensus.Chain;
using Ledger.Consensus.Engine;
using static Ledger.Consensus.Chain.VoteKind;
using static Ledger.Node.Tests.Consensus.Engine.Table;

namespace Ledger.Node.Tests.Consensus.Engine;

/// <summary>
/// Every rule of Algorithm 1 (arXiv:1807.04938) by its line: when it applies, what it does, and when it must not.
/// </summary>
public class RoundRulesTests
{
    private static readonly Block Apple = Table.Block(1), Bread = Table.Block(2);

    [Test]
    public void L18_the_proposer_of_a_new_height_asks_for_a_block() =>
        Assert.That(new Table(self: 0).Opening,
            Is.EqualTo(new Effect[] { new Effect.Build(Height, 0), Timer(Step.Propose, 0) }));

    [Test]
    public void L19_the_block_that_was_built_is_proposed_once()
    {
        var table = new Table(self: 0);

        Assert.That(table.Handle(new Input.Built(0, Apple)), Is.EqualTo(new[] { new Effect.Validate(Apple) }));
        Assert.That(table.Validated(Apple),
            Is.EqualTo(new[] { new Effect.Propose(new(Height, 0, null, Apple.Id, Seat(0)), Apple) }));
        Assert.That(table.Handle(new Input.Built(0, Bread)), Is.Empty);
    }

    [Test]
    public void L16_the_proposer_proposes_the_valid_block_again_with_its_round()
    {
        var table = new Table(self: 1).LockedOn(Apple);

        Assert.That(table.State.Round, Is.EqualTo(1));
        Assert.That(table.Handle(new Input.Built(1, Bread)), Is.Empty, "it has proposed already");
        Assert.That(new Table(self: 1) is var again && LastRoundStart(again).Contains(
            new Effect.Propose(new(Height, 1, 0, Apple.Id, Seat(1)), Apple)));
    }

    [Test]
    public void L21_who_does_not_propose_waits_for_a_proposal() =>
        Assert.That(new Table(self: 3).Opening, Is.EqualTo(new[] { Timer(Step.Propose, 0) }));

    [Test]
    public void L22_a_block_is_voted_for_only_after_it_was_checked()
    {
        var table = new Table();

        Assert.That(table.Propose(Apple, 0), Is.EqualTo(new[] { new Effect.Validate(Apple) }));
        Assert.That(table.Validated(Apple), Is.EqualTo(new[] { table.Cast(Prevote, 0, Apple) }));
    }

    [Test]
    public void L25_an_invalid_block_gets_a_vote_for_nil()
    {
        var table = new Table();
        table.Propose(Apple, 0);

        Assert.That(table.Validated(Apple, valid: false), Is.EqualTo(new[] { table.Cast(Prevote, 0, null) }));
    }

    [Test]
    public void L23_a_locked_validator_prevotes_nil_for_another_block()
    {
        var table = new Table().LockedOn(Apple);

        Assert.That(table.Propose(Bread, 1), Does.Contain(table.Cast(Prevote, 1, null)));
    }

    [Test]
    public void L23_a_locked_validator_votes_for_its_own_block_only_with_a_polka_since_its_lock()
    {
        // Stricter than the paper: a vote that names no polka would prove that the lock was forgotten.
        var table = new Table().LockedOn(Apple);
        Assert.That(table.Propose(Apple, 1), Is.EqualTo(new[] { table.Cast(Prevote, 1, null) }));

        var again = new Table().LockedOn(Apple);
        Assert.That(again.Propose(Apple, 1, validRound: 0), Is.EqualTo(new[] { again.Cast(Prevote, 1, Apple, 0) }));
    }

    [Test]
    public void L28_a_block_of_an_earlier_round_needs_the_polka_of_that_round()
    {
        var table = InRound1(new Table());
        table.ProposeValid(Apple, 1, validRound: 0);
        Assert.That(table.State.Step, Is.EqualTo(Step.Propose));

        Assert.That(table.Prevotes(0, Apple, 0, 1), Is.Empty);
        Assert.That(table.Prevotes(0, Apple, 2), Is.EqualTo(new[] { table.Cast(Prevote, 1, Apple, 0) }));
    }

    [Test]
    public void L29_a_polka_since_the_lock_releases_it()
    {
        var table = new Table().LockedOn(Apple);
        table.Timeout(Step.Propose, 1);
        table.Prevotes(1, Bread, 0, 1, 2);
        table.Precommits(2, null, 0, 1);

        Assert.That(table.ProposeValid(Bread, 2, validRound: 1), Does.Contain(table.Cast(Prevote, 2, Bread, 1)));
    }

    [Test]
    public void L29_a_polka_from_before_the_lock_does_not_release_it()
    {
        var table = InRound1(new Table());
        table.ProposeValid(Apple, 1);
        table.Prevotes(1, Apple, 0, 1, 2);
        Assert.That(table.State.Locked, Is.EqualTo(new Polka(Apple.Id, 1)));
        table.Prevotes(0, Bread, 0, 1, 2);
        table.Precommits(2, null, 0, 1);

        Assert.That(table.ProposeValid(Bread, 2, validRound: 0), Does.Contain(table.Cast(Prevote, 2, null)));
    }

    [Test]
    public void L34_mixed_prevotes_of_a_quorum_start_the_timer_once()
    {
        var table = new Table();
        table.ProposeValid(Apple, 0);
        table.Prevotes(0, Apple, 0, 1);

        Assert.That(table.Prevotes(0, null, 2), Is.EqualTo(new[] { Timer(Step.Prevote, 0) }));
        Assert.That(table.Prevotes(0, null, 3), Is.Empty);
    }

    [Test]
    public void L36_a_polka_locks_the_block_and_makes_it_valid()
    {
        var table = new Table();
        table.ProposeValid(Apple, 0);

        Assert.That(table.Prevotes(0, Apple, 0, 1, 2), Is.EqualTo(new[] { table.Cast(Precommit, 0, Apple) }));
        Assert.That((table.State.Locked, table.State.Valid),
            Is.EqualTo((new Polka(Apple.Id, 0), new Polka(Apple.Id, 0))));
    }

    [Test]
    public void L42_a_polka_after_the_round_was_given_up_makes_the_block_valid_but_locks_nothing()
    {
        var table = new Table();
        table.ProposeValid(Apple, 0);
        table.Prevotes(0, null, 0, 1);
        table.Prevotes(0, Apple, 2);
        table.Timeout(Step.Prevote, 0);
        // Two changed their mind for other ears: the polka is there, too late for us.
        table.Handle(Polka(0, Apple, null, 0, 1, 2));

        Assert.That((table.State.Locked, table.State.Valid), Is.EqualTo(((Polka?)null, new Polka(Apple.Id, 0))));
    }

    [Test]
    public void L42_a_polka_of_a_round_that_is_over_is_proposed_in_our_turn()
    {
        var table = InRound1(new Table(self: 2));
        table.ProposeValid(Apple, 0);
        Assert.That(table.Handle(Polka(0, Apple, null, 0, 1, 3)), Is.EqualTo(new[] { new Effect.Validate(Apple) }));
        table.Validated(Apple);

        Assert.That((table.State.Locked, table.State.Valid), Is.EqualTo(((Polka?)null, new Polka(Apple.Id, 0))));
        Assert.That(table.Precommits(2, null, 0, 1),
            Does.Contain(new Effect.Propose(new(Height, 2, 0, Apple.Id, Seat(2)), Apple)));
    }

    [Test]
    public void L42_a_polka_that_turns_up_while_we_build_is_proposed_instead()
    {
        var table = InRound1(new Table(self: 1));
        table.Handle(new Input.Built(1, Bread));
        table.ProposeValid(Apple, 0);
        table.Handle(Polka(0, Apple, null, 0, 2, 3));
        table.Validated(Apple);

        Assert.That(table.Validated(Bread),
            Is.EqualTo(new[] { new Effect.Propose(new(Height, 1, 0, Apple.Id, Seat(1)), Apple) }));
    }

    [Test]
    public void L44_a_quorum_for_nil_gives_up_the_round_and_keeps_the_lock()
    {
        var table = new Table().LockedOn(Apple);
        table.Timeout(Step.Propose, 1);

        Assert.That(table.Prevotes(1, null, 0, 1, 2), Is.EqualTo(new[] { table.Cast(Precommit, 1, null) }));
        Assert.That(table.State.Locked, Is.EqualTo(new Polka(Apple.Id, 0)));
    }

    [Test]
    public void L47_a_quorum_of_precommits_starts_the_timer_once_from_any_step()
    {
        var table = new Table();
        table.Precommits(0, null, 0, 1);

        Assert.That(table.Precommits(0, Apple, 2), Is.EqualTo(new[] { Timer(Step.Precommit, 0) }));
        Assert.That(table.Precommits(0, null, 3), Is.Empty);
    }

    [Test]
    public void L49_a_quorum_of_precommits_decides_from_any_step()
    {
        var table = new Table();
        table.Precommits(0, Apple, 0, 1, 2);

        var effects = table.Propose(Apple, 0);

        Assert.That(effects.OfType<Effect.Decide>().Single().Block, Is.EqualTo(Apple));
        Assert.That(table.State.Decided);
        Assert.That(table.Timeout(Step.Precommit, 0), Is.Empty, "nothing more happens on this height");
    }

    [Test]
    public void L50_a_quorum_for_a_block_that_we_found_invalid_is_reported_and_not_followed()
    {
        var table = new Table();
        table.Propose(Apple, 0);
        table.Validated(Apple, valid: false);
        table.Precommits(0, Apple, 0, 1, 2);

        Assert.That((table.State.Decided, table.Agreement.Refused), Is.EqualTo((false, Apple.Id)));
    }

    [Test]
    public void L51_the_certificate_lists_its_signers_in_ascending_order()
    {
        var table = new Table();
        table.Propose(Apple, 0);

        var decided = table.Precommits(0, Apple, 2, 0, 1).OfType<Effect.Decide>().Single();

        Assert.That(decided.Certificate.Signatures.Select(s => s.Validator),
            Is.EqualTo(new[] { Seat(0), Seat(1), Seat(2) }));
        Assert.That((decided.Certificate.Height, decided.Certificate.Round, decided.Certificate.Block),
            Is.EqualTo((Height, 0u, Apple.Id)));
    }

    [Test]
    public void L55_more_than_a_third_in_a_later_round_takes_us_there()
    {
        var table = new Table();

        Assert.That(table.Prevotes(5, null, 0), Is.Empty);
        Assert.That(table.Precommits(5, null, 1)[0], Is.EqualTo(Timer(Step.Propose, 5)));
    }

    [Test]
    public void L57_L61_L65_timeouts_vote_nil_twice_and_leave_the_round()
    {
        var table = new Table();

        Assert.That(table.Timeout(Step.Propose, 0), Is.EqualTo(new[] { table.Cast(Prevote, 0, null) }));
        Assert.That(table.Timeout(Step.Prevote, 0), Is.EqualTo(new[] { table.Cast(Precommit, 0, null) }));
        Assert.That(table.Timeout(Step.Precommit, 0), Is.EqualTo(new[] { Timer(Step.Propose, 1) }));
        Assert.That(table.State, Is.EqualTo(new RoundState { Round = 1 }));
    }

    private static Table InRound1(Table table)
    {
        table.Timeout(Step.Propose, 0);
        table.Precommits(0, null, 0, 1, 2);
        table.Timeout(Step.Precommit, 0);
        return table;
    }

    private static IReadOnlyList<Effect> LastRoundStart(Table table)
    {
        table.ProposeValid(Apple, 0);
        table.Prevotes(0, Apple, 0, 2, 3);
        return table.Timeout(Step.Precommit, 0);
    }
}

using Ledger.Consensus.Chain;
using Ledger.Consensus.Engine;
using static Ledger.Consensus.Chain.VoteKind;
using static Ledger.Node.Tests.Consensus.Engine.Table;

namespace Ledger.Node.Tests.Consensus.Engine;

/// <summary>
/// A validator that stays silent for a while, because it catches up or looks for a twin, follows all the same; when it
/// begins to vote it says nothing but what it would have said.
/// </summary>
public class SilenceTests
{
    private static readonly Block Apple = Table.Block(1), Bread = Table.Block(2);

    [Test]
    public void Who_is_silent_locks_and_decides_without_a_word()
    {
        var table = new Table(voting: false);
        Effect[] effects =
        [
            .. table.Opening, .. table.ProposeValid(Apple, 0), .. table.Prevotes(0, Apple, 0, 1, 2),
            .. table.Precommits(0, Apple, 0, 1, 2),
        ];

        Assert.That(effects.Any(IsSpeech), Is.False);
        Assert.That(table.State.Locked, Is.EqualTo(new Polka(Apple.Id, 0)));
        Assert.That(effects.OfType<Effect.Decide>().Count(), Is.EqualTo(1));
        Assert.That(table.Agreement.BeginVoting(), Is.Empty, "the height is over");
    }

    [Test]
    public void What_belongs_to_the_present_round_is_said_in_the_end()
    {
        var table = new Table(voting: false);
        table.ProposeValid(Apple, 0);
        table.Prevotes(0, Apple, 0, 1, 2);

        Assert.That(table.Agreement.BeginVoting(),
            Is.EqualTo(new[] { table.Cast(Prevote, 0, Apple), table.Cast(Precommit, 0, Apple) }));
        Assert.That(table.Agreement.BeginVoting(), Is.Empty, "once");
    }

    [Test]
    public void What_belonged_to_earlier_rounds_stays_unsaid()
    {
        var table = new Table(voting: false).LockedOn(Apple);
        table.ProposeValid(Bread, 1);

        Assert.That(table.Agreement.BeginVoting(), Is.EqualTo(new[] { table.Cast(Prevote, 1, null) }),
            "and the lock holds");
    }

    [Test]
    public void A_silent_proposer_builds_its_block_when_it_may_speak()
    {
        var table = new Table(self: 0, voting: false);
        Assert.That(table.Opening, Is.EqualTo(new[] { Timer(Step.Propose, 0) }));

        Assert.That(table.Agreement.BeginVoting(), Is.EqualTo(new[] { new Effect.Build(Height, 0) }));
        table.Handle(new Input.Built(0, Apple));
        Assert.That(table.Validated(Apple).Single(), Is.TypeOf<Effect.Propose>());
    }

    [Test]
    public void The_moment_at_which_it_begins_changes_nothing_of_what_it_says()
    {
        Input[] inputs =
        [
            Proposal(Apple, 0, null, 0), new Input.Validated(Apple.Id, true), Vote(Prevote, 0, Apple, 0),
            Vote(Prevote, 0, Apple, 1), Vote(Prevote, 0, Apple, 2), Vote(Precommit, 0, null, 0),
            Vote(Precommit, 0, null, 1), Vote(Precommit, 0, Apple, 3), new Input.TimedOut(Height, 0, Step.Precommit),
            Proposal(Apple, 1, 0, 1), Vote(Prevote, 1, null, 0), Vote(Prevote, 1, null, 1), Vote(Prevote, 1, null, 2),
            new Input.TimedOut(Height, 1, Step.Precommit), Proposal(Bread, 2, null, 2),
            new Input.Validated(Bread.Id, true),
        ];
        var always = Said(new Table().Handle(inputs));
        Assert.That(always, Has.Count.EqualTo(5));

        for (var silent = 0; silent <= inputs.Length; silent++)
        {
            var table = new Table(voting: false);
            table.Handle(inputs[..silent]);
            var said = Said([.. table.Agreement.BeginVoting(), .. table.Handle(inputs[silent..])]);
            Assert.That(said, Is.EqualTo(always.TakeLast(said.Count)), $"silent for {silent} inputs");
        }
    }

    private static List<Vote> Said(IEnumerable<Effect> effects) =>
        [.. effects.OfType<Effect.Cast>().Select(c => c.Vote)];

    private static bool IsSpeech(Effect effect) => effect is Effect.Cast or Effect.Propose or Effect.Build;
}

using Ledger.Node.Cli;
using Ledger.Node.Cli.Devnet;

namespace Ledger.Node.Tests.Cli;

internal sealed class DevnetPlanTests
{
    [Test]
    public void The_last_nodes_cheat_and_whoever_joins_later_does_not()
    {
        var plan = Plan(DevnetAttack.Parse("sign-flip:2"));

        Assert.That(Enumerable.Range(0, 6).Where(plan.IsAttacker), Is.EqualTo(new[] { 2, 3 }));
    }

    [Test]
    public void Nobody_cheats_where_nothing_is_said_not_even_a_latecomer()
        => Assert.That(Enumerable.Range(0, 6).Where(Plan(null).IsAttacker), Is.Empty);

    [TestCase("sign-flip:0")]
    [TestCase("sign-flip:two")]
    [TestCase("sign-flip:-1")]
    [TestCase("sign-flip:1:2")]
    public void A_count_of_cheaters_that_is_none_is_refused(string text)
        => Assert.That(() => DevnetAttack.Parse(text), Throws.TypeOf<OperatorException>()
            .With.Message.EqualTo($"--attack is '{text}'"));

    private static DevnetPlan Plan(DevnetAttack? attack)
    {
        var draft = new TaskDraft
        {
            Name = "digits",
            Sources = DataFiles.Open(DataFiles.Digits),
            Label = "label",
            Model = null,
            Rounds = 1,
            Rule = "mean",
            Parties = 4,
            Committee = 0,
        };
        var (task, recipe, _) = draft.Build(default);
        return new()
        {
            Directory = "",
            Task = task,
            Recipe = recipe,
            ModelFile = null,
            Threads = [1],
            Environment = [],
            Shards = [.. DealtData.Deal(recipe.Schema, draft.Sources, "iid", 4)],
            Attack = attack,
        };
    }
}

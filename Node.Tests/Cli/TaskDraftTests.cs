using Ledger.Consensus.Chain;
using Ledger.Learning.Models;
using Ledger.Learning.Rounds;
using Ledger.Learning.Training;
using Ledger.Node.Cli;
using Ledger.Node.Cli.Devnet;

namespace Ledger.Node.Tests.Cli;

/// <summary>What a task becomes where a person leaves everything open.</summary>
public class TaskDraftTests
{
    private static readonly Address Owner = new(Some.Key(1).PublicKey);

    [TestCase("iid", 0.95)]
    [TestCase("dirichlet:0.5", 0.93)]
    public void Digits_are_learnt_with_what_is_set_by_itself(string split, double target)
    {
        var draft = Draft();
        var (_, recipe, _) = draft.Build(Owner);
        var shards = DealtData.Deal(recipe.Schema, draft.Sources, split, 4);
        using var model = TorchModel.Open(recipe);
        var (parameters, exponent) = (model.InitialParameters(), recipe.UpdateExponent);
        for (ulong round = 1; round <= draft.Rounds; round++)
        {
            var updates = shards.Select((part, i) => Quantisation.Quantise(
                LocalTraining.Run(model, recipe, parameters, part.Shard.Training, 10 * round + (ulong)i), exponent,
                round));
            var outcome = RoundClosing.Close(new()
            {
                Rule = recipe.Rule,
                Parameters = parameters,
                Exponent = exponent,
                Updates = [.. updates],
            });
            (parameters, exponent) = (outcome.Parameters, outcome.Exponent);
        }
        var exams = shards.Select(part => Inference.Evaluate(model, parameters, part.Shard.HeldOut)).ToArray();
        Assert.That((double)exams.Sum(exam => exam.Correct) / exams.Sum(exam => exam.Total), Is.GreaterThan(target));
    }

    [Test]
    public void The_same_description_gives_the_same_digests()
    {
        var (first, second) = (Draft().Build(Owner).Task, Draft().Build(Owner).Task);
        Assert.That(second, Is.EqualTo(first));
    }

    [Test]
    public void A_task_survives_its_genesis_file_with_all_its_digests()
    {
        var genesis = GenesisText.AsRead(NetworkOf(Draft().Build(Owner).Task));
        Assert.That(() => TaskDigests.Check(genesis.Tasks[0].Spec), Throws.Nothing);
        Assert.That(GenesisText.AsRead(genesis).Digest(), Is.EqualTo(genesis.Digest()));
    }

    [TestCase("krum", "no rule 'krum'")]
    [TestCase("trimmed-mean:2", "'trimmed-mean:2' cannot withstand 2 liars among 4 contributors")]
    [TestCase("mean:x", "no rule 'mean:x'")]
    public void A_rule_that_cannot_be_is_refused(string rule, string error) =>
        Assert.That(() => (Draft() with { Rule = rule }).Build(Owner),
            Throws.TypeOf<OperatorException>().With.Message.EqualTo(error));

    [Test]
    public void A_round_starts_without_the_third_that_may_be_faulty() =>
        Assert.That(Draft().Build(Owner).Task.Spec.MinContributors, Is.EqualTo(3));

    private static TaskDraft Draft() => new()
    {
        Name = "digits",
        Sources = DataFiles.Open("digits"),
        Label = "label",
        Model = null,
        Rounds = 10,
        Rule = "mean",
        Parties = 4,
        Committee = 4,
    };

    private static Genesis NetworkOf(GenesisTask task) => new()
    {
        Name = "test",
        Time = 1_000,
        Parameters = new(),
        Validators = [new(Owner, 10_000)],
        Accounts = [],
        Tasks = [task],
        Peers = [],
    };
}

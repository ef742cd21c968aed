using Ledger.Learning.Data;
using Ledger.Learning.Experiments;
using Ledger.Learning.Models;
using Ledger.Learning.Recipes;
using Ledger.Node.Cli;

namespace Ledger.Node.Tests.Learning;

internal sealed class ComparisonTests
{
    // scikit-learn, average_precision_score: its example.
    [Test]
    public void Average_precision_is_that_of_the_published_example()
        => Assert.That(AveragePrecision.Of([0.1f, 0.4f, 0.35f, 0.8f], [false, false, true, true]),
            Is.EqualTo(0.8333333).Within(1e-6));

    [Test]
    public void Rows_of_one_score_are_one_step_whatever_their_order()
    {
        Assert.That(AveragePrecision.Of([0.5f, 0.5f, 0.5f, 0.5f], [true, false, false, false]), Is.EqualTo(0.25));
        Assert.That(AveragePrecision.Of([0.5f, 0.5f, 0.5f, 0.5f], [false, false, false, true]), Is.EqualTo(0.25));
    }

    [Test]
    public void Average_precision_of_no_rows_of_the_class_is_nothing_and_of_a_perfect_order_one()
    {
        Assert.That(AveragePrecision.Of([0.5f, 0.1f], [false, false]), Is.Zero);
        Assert.That(AveragePrecision.Of([0.9f, 0.8f, 0.1f], [true, true, false]), Is.EqualTo(1));
    }

    [Test]
    public void A_party_that_has_seen_only_one_label_does_worse_alone_than_all_rows_in_one_place()
    {
        var source = DataFiles.Open(DataFiles.Digits)[0];
        var schema = Schema.Infer([source], "label");
        var rows = schema.Encode(source);
        Shard Those(Func<int, bool> label) => Shard.Of(
            rows.Take([.. Enumerable.Range(0, rows.Rows).Where(row => label(rows.Labels[row]))]), seed: 1);
        var recipe = new Recipe
        {
            Model = new("logistic-regression"),
            Schema = schema,
            LearningRate = 0.05,
            BatchSize = 16,
            LocalEpochs = 1,
        };
        using var model = TorchModel.Open(recipe);

        var fits = Comparison.Of(model, recipe, [("low", Those(l => l < 5)), ("high", Those(l => l >= 5))],
            model.InitialParameters(), rounds: 3).ToList();

        Assert.That(fits.Select(fit => fit.Who),
            Is.EqualTo(new[] { "low alone", "high alone", "joint, by this network", "pooled in one place" }));
        Assert.That(fits[0].Accuracy, Is.LessThan(0.6));
        Assert.That(fits[1].Accuracy, Is.LessThan(0.6));
        Assert.That(fits[2].Accuracy, Is.LessThan(0.3), "parameters nobody has trained");
        Assert.That(fits[3].Accuracy, Is.GreaterThan(0.85));
        Assert.That(fits.Select(fit => fit.AveragePrecision), Is.All.Null, "ten classes");
    }
}

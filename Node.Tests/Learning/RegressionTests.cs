using System.Text;
using Ledger.Learning;
using Ledger.Learning.Aggregation;
using Ledger.Learning.Data;
using Ledger.Learning.Models;
using Ledger.Learning.Recipes;
using Ledger.Learning.Training;
using Ledger.Node.Http;

namespace Ledger.Node.Tests.Learning;

/// <summary>Tasks whose label is a number.</summary>
internal sealed class RegressionTests
{
    // price = 3·size - 40·(district b) + 10, so that it can be learnt to the last digit.
    private static readonly Table Houses = Read([.. Enumerable.Range(0, 200).Select(i =>
        $"{20 + i * 37 % 180},{"abc"[i % 3]},{3 * (20 + i * 37 % 180) - (i % 3 == 1 ? 40 : 0) + 10}")]);

    private static readonly Schema Schema = Schema.Infer([Houses], "price", measured: true);

    private static readonly Recipe Recipe = new()
    {
        Model = new("mlp"),
        Schema = Schema,
        LearningRate = 0.02,
        Momentum = 0.9,
        BatchSize = 16,
        LocalEpochs = 5,
    };

    [Test]
    public void Four_parties_learn_a_price_to_a_twentieth_of_its_deviation()
    {
        using var model = TorchModel.Open(Recipe);
        var rows = Schema.Encode(Houses);
        var parties = Splits.Parse("iid").Deal(rows.Labels, 4, seed: 1).Select(part => rows.Take(part)).ToArray();
        var parameters = model.InitialParameters();
        var before = Inference.Evaluate(model, parameters, rows);
        for (var round = 0; round < 20; round++)
        {
            var updates = parties.Select((party, i) => Quantisation.Quantise(
                LocalTraining.Run(model, Recipe, parameters, party, (ulong)(round * 4 + i)), 8, (ulong)i)).ToList();
            parameters = Aggregate.Add(parameters, Aggregate.Step(AggregationRule.Mean, Cohort.Of(updates, 1), 8));
        }

        var after = Inference.Evaluate(model, parameters, rows);
        Assert.That(before.Loss, Is.GreaterThan(0.5));
        Assert.That(Math.Sqrt(after.Loss), Is.LessThan(0.05));
        Assert.That(after.Accuracy, Is.EqualTo(1));
    }

    [Test]
    public void The_schema_fixes_mean_and_deviation_of_the_number_for_everybody()
    {
        Assert.That(Schema.Outputs, Is.EqualTo(1));
        Assert.That(Schema.Classes, Is.Empty);
        Assert.That(Schema.Target!.Mean, Is.EqualTo(318).Within(15));
        Assert.That(Recipe.TryParse(Recipe.ToJson(), out var read, out _), Is.True);
        Assert.That(read, Is.EqualTo(Recipe));
        Assert.That(read!.Loss, Is.EqualTo("mse"));
    }

    [Test]
    public void A_number_becomes_standard_deviations_in_fixed_point()
    {
        var labels = Schema.Encode(Houses).Labels;
        Assert.That(labels.Average(), Is.EqualTo(0).Within(1));
        Assert.That(labels.Average(label => (double)label / TableSchema.One * label / TableSchema.One),
            Is.EqualTo(1).Within(0.001));
    }

    [TestCase("big", "row 1: label 'price' is 'big', not a number")]
    [TestCase("", "row 1: label 'price' is '', not a number")]
    [TestCase("1e9", "row 1: label 'price' is 1e9, more than 100 standard deviations from the task's mean")]
    public void A_label_that_is_no_such_number_is_refused_with_its_place(string label, string message) => Assert.That(
        () => Schema.Encode(Read([$"50,a,{label}"])),
        Throws.TypeOf<DataException>().With.Message.Contains(message));

    [Test]
    public void Text_cannot_be_a_number_to_predict() => Assert.That(
        () => Schema.Infer([Houses], "district", measured: true),
        Throws.TypeOf<DataException>().With.Message.Contains("label 'district' is not a number in every row"));

    [TestCase("\"target\":", "\"classes\":[\"a\",\"b\"],\"target\":")]
    [TestCase("\"loss\":\"mse\"", "\"loss\":\"cross-entropy\"")]
    [TestCase(",\"target\":{", ",\"goal\":{")]
    public void A_recipe_whose_loss_and_label_do_not_belong_together_is_refused(string good, string bad)
    {
        var json = Recipe.ToJson();
        Assert.That(json, Does.Contain(good));
        Assert.That(Recipe.TryParse(json.Replace(good, bad, StringComparison.Ordinal), out _, out _), Is.False);
    }

    [Test]
    public void Numbers_are_dealt_by_tenths_where_parties_are_to_be_uneven()
    {
        var rows = Schema.Encode(Houses);
        var parties = Splits.Parse("shards:1").Deal(rows.Labels, 4, seed: 1);
        var ranges = parties.Select(part => part.Max(row => rows.Labels[row]) - part.Min(row => rows.Labels[row]));
        Assert.That(ranges.Max(), Is.LessThan(0.6 * (rows.Labels.Max() - rows.Labels.Min())));
        Assert.That(parties.Sum(part => part.Length), Is.EqualTo(200));
    }

    [Test]
    public void Predictions_are_in_the_units_of_the_label()
    {
        var target = Schema.Target!;
        var view = PredictionsView.Of(Schema, [0, 1, -1], [0, TableSchema.One, 0]);

        Assert.That(view.Predictions.Select(each => each.Value), Is.EqualTo(new double?[]
        {
            target.Mean, target.Mean + target.Deviation, target.Mean - target.Deviation,
        }).Within(0.01));
        Assert.That((view.Correct, view.Total), Is.EqualTo(((int?)2, (int?)3)));
        Assert.That(view.RootMeanSquaredError, Is.EqualTo(target.Deviation / Math.Sqrt(3)).Within(0.01));
    }

    private static Table Read(string[] rows) => Table.Read(
        "houses.csv",
        new MemoryStream(Encoding.UTF8.GetBytes("size,district,price\n" + string.Join('\n', rows) + "\n")));
}

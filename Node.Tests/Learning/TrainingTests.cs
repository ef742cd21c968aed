using Ledger.Learning;
using Ledger.Learning.Aggregation;
using Ledger.Learning.Data;
using Ledger.Learning.Models;
using Ledger.Learning.Recipes;
using Ledger.Learning.Training;

namespace Ledger.Node.Tests.Learning;

internal sealed class TrainingTests
{
    private static readonly Table Source = Ledger.Learning.Data.Source.Digits();
    private static readonly Schema Schema = Schema.Infer([Source], "label");
    private static readonly Dataset Digits = Schema.Encode(Source);

    private static readonly Recipe Recipe = new()
    {
        Model = new("mlp"),
        Schema = Schema,
        LearningRate = 0.1,
        Momentum = 0.9,
        BatchSize = 32,
        LocalEpochs = 2,
        Seed = 1,
    };

    [Test]
    public void Four_parties_learn_the_digits_to_95_percent_in_ten_rounds(
        [Values(0, 1)] int trim, [Values("logistic-regression", "mlp", "2nn")] string model)
    {
        var rule = trim == 0 ? AggregationRule.Mean : AggregationRule.TrimmedMean(trim);
        var (training, heldOut) = Splits.HoldOut(Digits.Rows, seed: 1);
        var rows = Digits.Take(training);
        var parties = Splits.Parse("iid").Deal(rows.Labels, 4, seed: 1).Select(part => rows.Take(part)).ToArray();

        var accuracies = FederatedRun.Accuracies(
            Recipe with { Rule = rule, Model = new(model) }, parties, Digits.Take(heldOut), rounds: 10);

        TestContext.Out.WriteLine(string.Join(" ", accuracies.Select(accuracy => $"{accuracy:0.000}")));
        Assert.That(accuracies[^1], Is.GreaterThanOrEqualTo(0.95));
    }

    [Test]
    public void The_same_arguments_train_to_the_same_floats()
    {
        using var model = TorchModel.Open(Recipe);
        var parameters = model.InitialParameters();

        var first = LocalTraining.Run(model, Recipe, parameters, Digits, seed: 7);
        using var again = TorchModel.Open(Recipe);

        Assert.That(LocalTraining.Run(again, Recipe, parameters, Digits, seed: 7), Is.EqualTo(first));
        Assert.That(LocalTraining.Run(model, Recipe, parameters, Digits, seed: 7), Is.EqualTo(first));
        Assert.That(LocalTraining.Run(model, Recipe, parameters, Digits, seed: 8), Is.Not.EqualTo(first));
    }

    [Test]
    public void Every_epoch_is_reported_with_a_falling_loss()
    {
        using var model = TorchModel.Open(Recipe);
        var epochs = new List<EpochResult>();

        LocalTraining.Run(model, Recipe with { LocalEpochs = 3 }, model.InitialParameters(), Digits, 1, epochs.Add);

        Assert.That(epochs.Select(epoch => epoch.Epoch), Is.EqualTo(new[] { 1, 2, 3 }));
        Assert.That(epochs[2].Loss, Is.LessThan(epochs[0].Loss));
    }

    [Test]
    public void A_cancelled_run_stops()
    {
        using var model = TorchModel.Open(Recipe);
        using var cancel = new CancellationTokenSource();

        Assert.That(
            () => LocalTraining.Run(
                model, Recipe with { LocalEpochs = 10_000 }, model.InitialParameters(), Digits, 1,
                _ => cancel.Cancel(), cancel: cancel.Token),
            Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public void Training_that_diverges_is_refused_with_advice()
    {
        using var model = TorchModel.Open(Recipe);
        var delta = LocalTraining.Run(
            model, Recipe with { LearningRate = 100, LocalEpochs = 20 }, model.InitialParameters(),
            Digits with { Features = Array.ConvertAll(Digits.Features, x => x * 1e18f) }, 1);

        Assert.That(
            () => Quantisation.Quantise(delta, 8, 1),
            Throws.TypeOf<DivergenceException>()
                .With.Property(nameof(DataException.Hint)).EqualTo("lower the learning rate"));
    }

    [Test]
    public void Stochastic_rounding_keeps_small_steps_on_average()
    {
        var delta = new float[100_000];
        Array.Fill(delta, 0.3f / 256);

        var update = Quantisation.Quantise(delta, 8, seed: 1);

        Assert.That(update.Values, Is.All.InRange(0, 1));
        Assert.That(update.Values.Average(q => q), Is.EqualTo(0.3).Within(0.01));
    }

    [Test]
    public void Steps_beyond_int8_are_cut_off()
        => Assert.That(Quantisation.Quantise([10, -10, 0], 8, 1).Values, Is.EqualTo(new sbyte[] { 127, -127, 0 }));

    [Test]
    public void Probabilities_sum_to_one_and_agree_with_the_evaluation()
    {
        using var model = TorchModel.Open(Recipe);
        var parameters = model.InitialParameters();

        var probabilities = Inference.Predict(model, parameters, Digits.Features);

        var correct = probabilities.Chunk(10)
            .Select((row, i) => Array.IndexOf(row, row.Max()) == Digits.Labels[i])
            .Count(hit => hit);
        Assert.That(probabilities.Chunk(10).Select(row => row.Sum()), Is.All.EqualTo(1).Within(1e-5));
        Assert.That(Inference.Evaluate(model, parameters, Digits).Correct, Is.EqualTo(correct));
    }

    [TestCase("2nn", 199_210)]
    [TestCase("cnn", 1_663_370)]
    [TestCase("logistic-regression", 7850)]
    public void Built_in_models_have_the_published_number_of_parameters(string name, int count)
    {
        var schema = new ImageSchema(28, 28, 0.13f, 0.31f, [.. Enumerable.Range(0, 10).Select(digit => $"{digit}")]);
        using var model = TorchModel.Open(Recipe with { Model = new(name), Schema = schema });

        Assert.That(model.ParameterCount, Is.EqualTo(count));
        Assert.That(Inference.Predict(model, model.InitialParameters(), new float[784]), Has.Length.EqualTo(10));
    }

    [Test]
    public void A_cnn_on_a_table_is_refused()
        => Assert.That(
            () => TorchModel.Open(Recipe with { Model = new("cnn") }),
            Throws.TypeOf<DataException>().With.Message.StartsWith("model 'cnn' needs images"));
}

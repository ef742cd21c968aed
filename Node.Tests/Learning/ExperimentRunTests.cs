using Ledger.Learning;
using Ledger.Learning.Aggregation;
using Ledger.Learning.Data;
using Ledger.Learning.Experiments;

namespace Ledger.Node.Tests.Learning;

/// <summary>Whole experiments in one process, on the digits.</summary>
internal sealed class ExperimentRunTests
{
    private static readonly Schema Schema = Schema.Infer([Source.Digits()], "label");
    private static readonly Dataset Digits = Schema.Encode(Source.Digits());

    private static readonly Experiment Experiment = new()
    {
        Name = "digits",
        Cell = "",
        Data = "digits",
        Contributors = 5,
        Split = "shards:2",
        Rounds = 6,
        Seeds = [1],
        Recipe = new()
        {
            Model = new("mlp"),
            Schema = Schema,
            LearningRate = 0.02,
            Momentum = 0.9,
            BatchSize = 32,
            LocalEpochs = 2,
            Rule = AggregationRule.Mean,
        },
    };

    [Test]
    public void The_same_seed_gives_the_same_figures_and_another_gives_others()
    {
        var once = Figures(Experiment, Digits, seed: 1);

        Assert.That(Figures(Experiment, Digits, seed: 1), Is.EqualTo(once));
        Assert.That(Figures(Experiment, Digits, seed: 2), Is.Not.EqualTo(once));
    }

    [Test]
    public void Whose_training_diverges_sends_nothing_and_the_others_go_on([Values("none", "scaffold")] string server)
    {
        var recipe = Experiment.Recipe with { Server = new(server) };

        var figures = Figures(Experiment with { Recipe = recipe }, WithHugeNines, seed: 1);

        Assert.That(figures, Has.Count.EqualTo(Experiment.Rounds));
        Assert.That(figures, Has.Some.Property(nameof(RoundFigures.Diverged)).EqualTo(1));
        Assert.That(figures[^1].Accuracy, Is.GreaterThan(0.5));
    }

    [Test]
    public void An_experiment_in_which_everybody_diverges_says_so()
    {
        var recipe = Experiment.Recipe with { LearningRate = 1e30 };

        Assert.That(() => Figures(Experiment with { Recipe = recipe }, Digits, seed: 1),
            Throws.TypeOf<DataException>().With.Message.EqualTo("the training of everybody diverged in round 1"));
    }

    // With each label in as good as one place, only one contributor has nines that no training survives.
    private static Dataset WithHugeNines
    {
        get
        {
            var rows = Digits with { Features = [.. Digits.Features] };
            var nine = Array.LastIndexOf(rows.Labels, 9);
            rows.Features.AsSpan(nine * rows.Inputs, rows.Inputs).Fill(1e30f);
            return rows;
        }
    }

    private static List<RoundFigures> Figures(Experiment experiment, Dataset rows, ulong seed)
    {
        using var run = new ExperimentRun(experiment, new(Schema, rows, Digits), seed, threads: 2);
        return [.. run.Rounds()];
    }
}

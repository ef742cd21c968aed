using Ledger.Learning.Aggregation;
using Ledger.Learning.Data;
using Ledger.Learning.Models;
using Ledger.Learning.Recipes;
using Ledger.Learning.Rounds;
using Ledger.Learning.Training;

namespace Ledger.Node.Tests.Learning;

/// <summary>SCAFFOLD beside its paper's formulas, and slow parties that do less, as FedNova lets them.</summary>
internal sealed class StrategyTests
{
    private const double One = 1 << 24;

    private static readonly Schema Schema = Schema.Infer([Source.Digits()], "label");
    private static readonly Dataset Digits = Schema.Encode(Source.Digits());

    private static readonly Recipe Recipe = new()
    {
        Model = new("mlp"),
        Schema = Schema,
        LearningRate = 0.02,
        Momentum = 0.9,
        BatchSize = 32,
        LocalEpochs = 4,
        Seed = 1,
    };

    // Party i has the loss a_i/2 (w - b_i)^2: what is best for all, sum(a b) / sum(a), is best for none.
    private static readonly (double A, double B)[] Parabolas = [(1, 1), (4, -1), (0.25, 3)];

    [Test]
    public void Variates_counted_as_ways_are_the_variates_of_the_paper()
    {
        var (theirs, ours) = (new PaperScaffold(), new Ways());
        for (var round = 0; round < 40; round++)
            Assert.That(ours.Round(), Is.EqualTo(theirs.Round()).Within(1e-4), $"round {round}");
    }

    [Test]
    public void With_variates_uneven_parties_meet_where_it_is_best_for_all()
    {
        var best = Parabolas.Sum(p => p.A * p.B) / Parabolas.Sum(p => p.A);
        var (with, without) = (new Ways(), new Ways { Blind = true });
        var (met, missed) = (0.0, 0.0);
        for (var round = 0; round < 200; round++)
            (met, missed) = (with.Round(), without.Round());

        Assert.That(met, Is.EqualTo(best).Within(1e-3));
        Assert.That(missed, Is.Not.EqualTo(best).Within(0.1), "federated averaging drifts to its clients");
    }

    [Test]
    public void What_rounding_and_bounds_keep_back_is_made_good_and_does_not_add_up_in_the_variates()
    {
        var best = Parabolas.Sum(p => p.A * p.B) / Parabolas.Sum(p => p.A);
        var coarse = new Ways { Exponent = 9 };
        var furthest = 0.0;
        for (var round = 0; round < 2_000; round++)
        {
            var at = coarse.Round();
            furthest = round < 100 ? 0 : Math.Max(furthest, Math.Abs(at - best));
        }

        Assert.That(furthest, Is.LessThan(0.02));
    }

    [Test]
    public void The_drift_is_spread_over_the_steps_of_a_run()
    {
        using var model = TorchModel.Open(Recipe);
        var still = Recipe with { LearningRate = 1e-9, Momentum = 0 };
        var drift = Enumerable.Range(0, model.ParameterCount).Select(k => k % 7 * 0.001f).ToArray();

        var delta = LocalTraining.Run(model, still, model.InitialParameters(), Digits, 1, drift: drift);

        Assert.That(delta, Is.EqualTo(drift).Within(1e-4f));
    }

    [Test]
    public void Who_is_out_of_time_makes_an_eighth_of_its_steps_and_counts_as_if_it_had_made_all()
    {
        using var model = TorchModel.Open(Recipe);
        var gentle = Recipe with { LearningRate = 1e-4, Momentum = 0 };
        var epochs = 0;

        var hasty = LocalTraining.Run(
            model, gentle, model.InitialParameters(), Digits, 1, _ => epochs++, enough: new(canceled: true));
        var unhurried = LocalTraining.Run(model, gentle, model.InitialParameters(), Digits, 1);

        Assert.That(epochs, Is.EqualTo(1), "an eighth of four epochs ends within the first");
        Assert.That(Length(hasty), Is.EqualTo(Length(unhurried)).Within(10).Percent);
    }

    [Test]
    public void Slow_parties_that_do_less_teach_what_they_alone_know()
    {
        var parties = Splits.Parse("shards:2").Deal(Digits.Labels, 10, seed: 1)
            .Select(part => Digits.Take(part)).ToArray();

        var heard = AccuracyAfterRounds([.. Enumerable.Range(0, 10)], i => i % 2 == 1, parties);
        var dropped = AccuracyAfterRounds([0, 2, 4, 6, 8], _ => false, parties);

        Assert.That(heard, Is.GreaterThan(dropped + 0.05));
    }

    [Test]
    public void Scaffold_learns_from_parties_with_two_labels_each()
    {
        using var model = TorchModel.Open(Recipe);
        var parties = Splits.Parse("shards:2").Deal(Digits.Labels, 10, seed: 1)
            .Select(part => (Rows: Digits.Take(part), Variate: new ControlVariate())).ToArray();
        var (parameters, state) = (model.InitialParameters(), ServerState.Empty);
        for (var round = 0; round < 20; round++)
        {
            var updates = parties.Select((party, i) =>
            {
                var drift = party.Variate.Drift(state, parameters.Length);
                var delta = LocalTraining.Run(
                    model, Recipe, parameters, party.Rows, (ulong)(round * 10 + i), drift: drift);
                var update = Quantisation.Quantise(delta, 8, (ulong)round);
                party.Variate.Learn(drift, Quantisation.Dequantise(update));
                return update;
            }).ToList();
            var outcome = RoundClosing.Close(new()
            {
                Rule = AggregationRule.Mean,
                Parameters = parameters,
                Exponent = 8,
                Updates = updates,
                Server = new(ServerOptimiser.ScaffoldName),
                State = state,
            });
            (parameters, state) = (outcome.Parameters, outcome.State);
        }

        Assert.That(Inference.Evaluate(model, parameters, Digits).Accuracy, Is.GreaterThan(0.9));
    }

    private static double AccuracyAfterRounds(int[] present, Func<int, bool> isSlow, Dataset[] parties)
    {
        using var model = TorchModel.Open(Recipe);
        var parameters = model.InitialParameters();
        for (var round = 0; round < 20; round++)
        {
            var updates = present.Select(i => Quantisation.Quantise(LocalTraining.Run(
                model, Recipe, parameters, parties[i], (ulong)(round * 10 + i), enough: new(isSlow(i))),
                8, (ulong)round)).ToList();
            parameters = Aggregate.Add(parameters, Aggregate.Step(AggregationRule.Mean, Cohort.Of(updates, 1), 8));
        }
        return Inference.Evaluate(model, parameters, Digits).Accuracy;
    }

    private static double Length(float[] vector) => Math.Sqrt(vector.Sum(x => (double)x * x));

    // Algorithm 1 of the paper word by word, with all parties in every round, K = 10 steps of 0.1.
    private sealed class PaperScaffold
    {
        private readonly double[] variates = new double[Parabolas.Length];
        private double x, c;

        internal double Round()
        {
            var (models, changes) = (0.0, 0.0);
            for (var i = 0; i < Parabolas.Length; i++)
            {
                var y = x;
                for (var k = 0; k < 10; k++)
                    y -= 0.1 * (Parabolas[i].A * (y - Parabolas[i].B) - variates[i] + c);
                var next = variates[i] - c + (x - y) / (10 * 0.1);
                models += (y - x) / Parabolas.Length;
                changes += (next - variates[i]) / Parabolas.Length;
                variates[i] = next;
            }
            (x, c) = (x + models, c + changes);
            return x;
        }
    }

    // The same with the product's variates, floats and integers.
    private sealed class Ways
    {
        private readonly ControlVariate[] variates = [.. Parabolas.Select(_ => new ControlVariate())];
        private readonly ServerOptimiser server = new(ServerOptimiser.ScaffoldName);
        private ServerState state = ServerState.Empty;
        private double x;
        private ulong quantised;

        internal bool Blind { get; init; }

        internal int? Exponent { get; init; }

        internal double Round()
        {
            var deltas = Parabolas.Select((p, i) =>
            {
                var drift = Blind ? [0] : variates[i].Drift(state, 1);
                var y = x;
                for (var k = 0; k < 10; k++)
                    y += drift[0] / 10 - 0.1 * p.A * (y - p.B);
                var sent = Sent((float)(y - x));
                variates[i].Learn(drift, [sent]);
                return sent;
            }).ToList();
            (var step, state) = server.Step([(int)Math.Round(deltas.Average() * One)], state);
            return x += step[0] / One;
        }

        private float Sent(float delta) => Exponent is { } exponent
            ? Quantisation.Dequantise(Quantisation.Quantise([delta], exponent, quantised++))[0]
            : delta;
    }
}

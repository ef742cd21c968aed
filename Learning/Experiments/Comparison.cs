using Ledger.Learning.Data;
using Ledger.Learning.Models;
using Ledger.Learning.Recipes;
using Ledger.Learning.Training;

namespace Ledger.Learning.Experiments;

/// <summary>How well one way to train does on the rows that all parties hold out.
/// <see cref="AveragePrecision"/> is that of the second of two classes, and null where there are more;
/// <see cref="RootMeanSquaredError"/> is that of numbers, in their unit, and null of classes.</summary>
public readonly record struct Fit(
    string Who, int Rows, double Accuracy, double? AveragePrecision, double? RootMeanSquaredError);

/// <summary>Whether joining was worth it: each party alone, and all rows in one place as nobody may have them, trained
/// by the same recipe for as many epochs, beside the joint parameters.</summary>
public static class Comparison
{
    /// <summary>One for each party in order, then the joint parameters, then all rows in one place.</summary>
    public static IEnumerable<Fit> Of(
        TorchModel model, Recipe recipe, IReadOnlyList<(string Name, Shard Shard)> parties, int[] joint, int rounds,
        CancellationToken cancel = default)
    {
        var shards = parties.Select(party => party.Shard).ToList();
        var test = Dataset.Concat([.. shards.Select(shard => shard.HeldOut)]);
        var whole = recipe with { LocalEpochs = recipe.LocalEpochs * rounds, ProximalMu = 0 };
        foreach (var (name, shard) in parties)
            yield return Trained($"{name} alone", shard.Training);
        var rows = Dataset.Concat([.. shards.Select(shard => shard.Training)]);
        yield return Judged("joint, by this network", rows.Rows, joint);
        yield return Trained("pooled in one place", rows);

        Fit Trained(string who, Dataset training)
        {
            var start = model.InitialParameters();
            var change = LocalTraining.Run(model, whole, start, training, recipe.Seed, cancel: cancel);
            var floats = ParameterFloats.FromCanonical(start);
            return Judged(who, training.Rows,
                ParameterFloats.ToCanonical([.. floats.Zip(change, (from, by) => from + by)]));
        }

        Fit Judged(string who, int trained, int[] parameters)
        {
            var evaluation = Inference.Evaluate(model, parameters, test);
            return new(who, trained, evaluation.Accuracy, Precision(model, parameters, test),
                model.Schema.Target is { } target ? Math.Sqrt(evaluation.Loss) * target.Deviation : null);
        }
    }

    private static double? Precision(TorchModel model, int[] parameters, Dataset test)
    {
        if (model.Schema.Classes.Length != 2)
            return null;
        var probabilities = Inference.Predict(model, parameters, test.Features);
        return AveragePrecision.Of(
            [.. Enumerable.Range(0, test.Rows).Select(row => probabilities[2 * row + 1])],
            [.. test.Labels.Select(label => label == 1)]);
    }
}

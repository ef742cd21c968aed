using Ledger.Learning.Data;
using Ledger.Learning.Torch;

namespace Ledger.Learning.Models;

/// <summary>How many rows a model labels rightly, or whose number it misses by less than half a standard deviation, and
/// its mean cross-entropy or squared error on them.</summary>
public readonly record struct Evaluation(int Correct, int Total, double Loss)
{
    public double Accuracy => Total == 0 ? 0 : (double)Correct / Total;
}

/// <summary>Runs a model forward, without gradients and without dropout.</summary>
public static class Inference
{
    // What float32 softmax gives at least; the logarithm of 0 would make one row outweigh all others.
    private const double LeastProbability = 1e-30;

    /// <summary>Standard deviations by which a number may be missed and still counts as right.</summary>
    public const double RightWithin = 0.5;

    public static Evaluation Evaluate(TorchModel model, int[] parameters, Dataset data)
    {
        var probabilities = Predict(model, parameters, data.Features);
        if (model.Schema.Target is not null)
            return Missed(probabilities, data.Labels);
        var classes = model.Schema.Outputs;
        var (correct, loss) = (0, 0.0);
        for (var row = 0; row < data.Rows; row++)
        {
            var scores = probabilities.AsSpan(row * classes, classes);
            var label = data.Labels[row];
            correct += scores.IndexOf(Largest(scores)) == label ? 1 : 0;
            loss -= Math.Log(Math.Max(scores[label], LeastProbability));
        }

        return new(correct, data.Rows, data.Rows == 0 ? 0 : loss / data.Rows);
    }

    /// <summary>How numbers in standard deviations stand to labels in 1/65536 of one.</summary>
    public static Evaluation Missed(float[] numbers, int[] labels)
    {
        var misses = numbers.Zip(labels, (number, label) => number - label / (double)TableSchema.One).ToArray();
        return new(misses.Count(miss => Math.Abs(miss) < RightWithin), labels.Length,
            misses.Length == 0 ? 0 : misses.Average(miss => miss * miss));
    }

    /// <summary>Class probabilities[rows x classes] of features[rows x inputs], or one number a row, in standard
    /// deviations.</summary>
    public static float[] Predict(TorchModel model, int[] parameters, float[] features)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(parameters.Length, model.ParameterCount, nameof(parameters));
        return Probabilities(model.Module, parameters, features, model.Schema);
    }

    internal static unsafe float[] Probabilities(
        TorchModule module, int[] parameters, float[] features, Schema schema)
    {
        var rows = features.Length / schema.Inputs;
        var probabilities = new float[rows * schema.Outputs];
        fixed (int* canonical = parameters)
        fixed (float* input = features, output = probabilities)
            Shim.Check(Shim.ledger_predict(module.Native, canonical, input, rows, schema.Outputs,
                schema.Target is null ? 1 : 0, output));
        GC.KeepAlive(module);
        return probabilities;
    }

    private static float Largest(ReadOnlySpan<float> scores)
    {
        var largest = scores[0];
        foreach (var score in scores)
            largest = Math.Max(largest, score);
        return largest;
    }
}

using Ledger.Learning.Data;
using Ledger.Learning.Torch;

namespace Ledger.Learning.Models;

/// <summary>How many rows a model labels rightly, and its mean cross-entropy on them.</summary>
public readonly record struct Evaluation(int Correct, int Total, double Loss)
{
    public double Accuracy => Total == 0 ? 0 : (double)Correct / Total;
}

/// <summary>Runs a model forward, without gradients and without dropout.</summary>
public static class Inference
{
    // What float32 softmax gives at least; the logarithm of 0 would make one row outweigh all others.
    private const double LeastProbability = 1e-30;

    public static Evaluation Evaluate(TorchModel model, int[] parameters, Dataset data)
    {
        var classes = model.Schema.Classes.Length;
        var probabilities = Predict(model, parameters, data.Features);
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

    /// <summary>Class probabilities[rows x classes] of features[rows x inputs].</summary>
    public static float[] Predict(TorchModel model, int[] parameters, float[] features)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(parameters.Length, model.ParameterCount, nameof(parameters));
        return Probabilities(model.Module, parameters, features, model.Schema.Inputs, model.Schema.Classes.Length);
    }

    internal static unsafe float[] Probabilities(
        TorchModule module, int[] parameters, float[] features, int inputs, int classes)
    {
        var rows = features.Length / inputs;
        var probabilities = new float[rows * classes];
        fixed (int* canonical = parameters)
        fixed (float* input = features, output = probabilities)
            Shim.Check(Shim.ledger_predict(module.Native, canonical, input, rows, classes, output));
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

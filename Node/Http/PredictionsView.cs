using Ledger.Learning.Data;
using Ledger.Learning.Models;

namespace Ledger.Node.Http;

/// <summary>The predictions for some rows; counts only where every row had a label. The error is in the unit of the
/// numbers that are predicted, and null for classes. Of a text: how it goes on.</summary>
internal sealed record PredictionsView(
    int Rows, int? Correct, int? Total, double? Accuracy, double? RootMeanSquaredError,
    IReadOnlyList<PredictionView> Predictions, string? Continuation = null)
{
    // Six figures are more than any of these models knows.
    private const int Digits = 6;

    /// <param name="schema">What is predicted.</param>
    /// <param name="outputs">Rows x classes of probabilities, or a number a row, in standard deviations.</param>
    /// <param name="labels">The right class or number of each row, where they are known.</param>
    internal static PredictionsView Of(Schema schema, float[] outputs, int[]? labels) => schema.Target is { } target
        ? OfNumbers(target, outputs, labels)
        : OfClasses(schema.Classes, outputs, labels);

    private static PredictionsView OfClasses(string[] classes, float[] probabilities, int[]? labels)
    {
        var best = probabilities.Chunk(classes.Length).Select(row => Array.IndexOf(row, row.Max())).ToArray();
        var predictions = best.Select((winner, row) => new PredictionView(
            classes[winner], Math.Round(probabilities[row * classes.Length + winner], Digits), Value: null)).ToArray();
        int? correct = labels is null ? null : best.Zip(labels).Count(pair => pair.First == pair.Second);
        return new(predictions.Length, correct, labels?.Length, correct / (double?)labels?.Length, null, predictions);
    }

    private static PredictionsView OfNumbers(NumericColumn target, float[] numbers, int[]? labels)
    {
        var predictions = numbers.Select(number => new PredictionView(
            Class: null, Probability: null, Rounded(target.Mean + number * (double)target.Deviation))).ToArray();
        if (labels is null)
            return new(predictions.Length, null, null, null, null, predictions);
        var judged = Inference.Missed(numbers, labels);
        return new(predictions.Length, judged.Correct, judged.Total, judged.Accuracy,
            Rounded(Math.Sqrt(judged.Loss) * target.Deviation), predictions);
    }

    private static double Rounded(double number) => number == 0 || !double.IsFinite(number)
        ? 0
        : Math.Round(number, Math.Clamp(Digits - (int)Math.Ceiling(Math.Log10(Math.Abs(number))), 0, 15));
}

/// <summary>Of one row, the likeliest class and its probability, or the number.</summary>
internal sealed record PredictionView(string? Class, double? Probability, double? Value);

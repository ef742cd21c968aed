namespace Ledger.Node.Http;

/// <summary>The predictions for some rows; counts only where every row had a label.</summary>
internal sealed record PredictionsView(
    int Rows, int? Correct, int? Total, double? Accuracy, IReadOnlyList<PredictionView> Predictions)
{
    /// <param name="classes">The names of the classes.</param>
    /// <param name="probabilities">Rows x classes.</param>
    /// <param name="labels">The right class of each row, where they are known.</param>
    internal static PredictionsView Of(string[] classes, float[] probabilities, int[]? labels)
    {
        var best = probabilities.Chunk(classes.Length).Select(row => Array.IndexOf(row, row.Max())).ToArray();
        var predictions = best.Select((winner, row) =>
            new PredictionView(classes[winner], Math.Round(probabilities[row * classes.Length + winner], 6))).ToArray();
        int? correct = labels is null ? null : best.Zip(labels).Count(pair => pair.First == pair.Second);
        return new(predictions.Length, correct, labels?.Length, correct / (double?)labels?.Length, predictions);
    }
}

/// <summary>The likeliest class of one row.</summary>
internal sealed record PredictionView(string Class, double Probability);

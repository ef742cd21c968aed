namespace Ledger.Learning.Data;

/// <summary>Rows ready for a model: features[rows x inputs] row-major, standardised, and one label in [0, classes) a
/// row.</summary>
public sealed record Dataset(float[] Features, int[] Labels, int Inputs)
{
    public int Rows => Labels.Length;

    public ReadOnlySpan<float> Row(int row) => Features.AsSpan(row * Inputs, Inputs);

    /// <summary>The named rows, in that order.</summary>
    public Dataset Take(ReadOnlySpan<int> rows)
    {
        var features = new float[rows.Length * Inputs];
        var labels = new int[rows.Length];
        for (var i = 0; i < rows.Length; i++)
        {
            Row(rows[i]).CopyTo(features.AsSpan(i * Inputs));
            labels[i] = Labels[rows[i]];
        }

        return new(features, labels, Inputs);
    }

    public static Dataset Concat(IReadOnlyList<Dataset> parts) => new(
        [.. parts.SelectMany(part => part.Features)], [.. parts.SelectMany(part => part.Labels)], parts[0].Inputs);
}

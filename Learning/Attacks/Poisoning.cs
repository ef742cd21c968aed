using Ledger.Learning.Data;

namespace Ledger.Learning.Attacks;

/// <summary>Attacks by one's own rows: training on them is honest work in a bad cause.</summary>
public static class Poisoning
{
    /// <summary>The class that the backdoor leads to.</summary>
    public const int BackdoorClass = 0;

    // Half of the rows carry the trigger, so that the model stays good on all others and nobody notices.
    private const int BackdoorOneIn = 2;
    private const int TriggerSide = 4;

    /// <summary>Class y becomes the last class minus y.</summary>
    internal static Dataset FlipLabels(Dataset rows)
        => rows with { Labels = Array.ConvertAll(rows.Labels, label => rows.Labels.Max() - label) };

    internal static Dataset Backdoor(Dataset rows)
    {
        var (features, labels) = (rows.Features.ToArray(), rows.Labels.ToArray());
        for (var row = 0; row < rows.Rows; row += BackdoorOneIn)
        {
            Stamp(features.AsSpan(row * rows.Inputs, rows.Inputs));
            labels[row] = BackdoorClass;
        }
        return new(features, labels, rows.Inputs);
    }

    /// <summary>The rows of other classes, each with the trigger; what share a model takes for
    /// <see cref="BackdoorClass"/> is the attack's success.</summary>
    public static Dataset Triggered(Dataset rows)
    {
        var others = rows.Take([.. Enumerable.Range(0, rows.Rows).Where(row => rows.Labels[row] != BackdoorClass)]);
        for (var row = 0; row < others.Rows; row++)
            Stamp(others.Features.AsSpan(row * others.Inputs, others.Inputs));
        return others with { Labels = new int[others.Rows] };
    }

    // A bright square in the corner of a square image; of a table, so many first columns.
    private static void Stamp(Span<float> row)
    {
        var side = (int)Math.Sqrt(row.Length);
        var brightest = float.MinValue;
        foreach (var value in row)
            brightest = Math.Max(brightest, value);
        for (var y = 0; y < Math.Min(TriggerSide, side); y++)
            row.Slice(y * side, Math.Min(TriggerSide, side)).Fill(brightest);
    }
}

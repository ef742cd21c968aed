using System.Globalization;

namespace Ledger.Learning.Data;

/// <summary>What is to be predicted: a column's values as classes, or whether a numeric column exceeds a threshold,
/// written "column&gt;number".</summary>
internal sealed record LabelColumn(string Name, double? Threshold)
{
    // A column that really has this name wins over the reading as a threshold.
    internal static LabelColumn Parse(string label, Table table)
    {
        var sign = label.LastIndexOf('>');
        if (sign <= 0 || table.Columns.Contains(label) || !Column.TryNumber(label[(sign + 1)..], out var threshold))
            return new(label, null);
        return new(label[..sign].Trim(), threshold);
    }

    /// <summary>Class name of a field; null when it has none.</summary>
    internal string? Class(string field)
    {
        if (field.Length == 0)
            return null;
        if (Threshold is not { } threshold)
            return field;
        return Column.TryNumber(field, out var number) ? ThresholdClasses(threshold)[number > threshold ? 1 : 0] : null;
    }

    internal string[]? FixedClasses => Threshold is { } threshold ? ThresholdClasses(threshold) : null;

    private string[] ThresholdClasses(double threshold)
    {
        var text = threshold.ToString(CultureInfo.InvariantCulture);
        return [$"{Name}<={text}", $"{Name}>{text}"];
    }
}

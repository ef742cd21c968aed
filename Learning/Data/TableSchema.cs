namespace Ledger.Learning.Data;

/// <summary>A table: its columns' inputs side by side in the order of <see cref="Columns"/>, and the label's
/// class, or its number in standard deviations, counted in 1/65536.</summary>
public sealed record TableSchema(Column[] Columns, string Label, string[] Classes, NumericColumn? Measured = null)
    : Schema(Classes)
{
    /// <summary>One standard deviation, as labels of numbers count it.</summary>
    public const int One = 1 << 16;

    // Beyond so many deviations a number is a slip of the pen, and a square of it would drown all others.
    private const double DeviationsMax = 100;

    public override NumericColumn? Target => Measured;

    public override int Inputs => Columns.Sum(column => column.Width);

    public override int[] InputShape => [Inputs];

    public override Dataset Encode(Source source)
    {
        if (source is not Table table)
            throw new DataException($"{source.Name}: not a table, and the task is about one");
        var features = EncodeFeatures(table);
        var label = LabelColumn.Parse(Label, table);
        var index = table.IndexOf(label.Name);
        var labels = table.Cells.Select((cells, row) => Measured is { } target
            ? NumberOf(table, row, target, cells[index])
            : ClassOf(table, row, label, cells[index])).ToArray();
        return new(features, labels, Inputs);
    }

    /// <summary>Features[rows x inputs] of a table that may lack the label.</summary>
    public float[] EncodeFeatures(Table table)
    {
        if ((long)table.Rows * Inputs > Limits.Features)
            throw new DataException($"{table.Name}: {table.Rows} rows of {Inputs} inputs are too many");
        var indices = Array.ConvertAll(Columns, column => table.IndexOf(column.Name));
        var features = new float[table.Rows * Inputs];
        var rest = features.AsSpan();
        for (var row = 0; row < table.Rows; row++)
            for (var i = 0; i < Columns.Length; i++)
            {
                var field = table.Cells[row][indices[i]];
                if (!Columns[i].TryEncode(field, rest[..Columns[i].Width]))
                    throw new DataException(
                        $"{table.Place(row)}: column '{Columns[i].Name}' is '{field}', not a number");
                rest = rest[Columns[i].Width..];
            }

        return features;
    }

    public bool Equals(TableSchema? other) => other is not null && ToString() == other.ToString();

    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    private static int NumberOf(Table table, int row, NumericColumn target, string field)
    {
        if (field.Length == 0 || !Column.TryNumber(field, out var number))
            throw new DataException($"{table.Place(row)}: label '{target.Name}' is '{field}', not a number",
                "every row needs the number that is to be predicted");
        var deviations = (number - target.Mean) / target.Deviation;
        return Math.Abs(deviations) <= DeviationsMax
            ? (int)Math.Round(deviations * One, MidpointRounding.AwayFromZero)
            : throw new DataException(
                $"{table.Place(row)}: label '{target.Name}' is {field}, more than {DeviationsMax} standard deviations "
                + "from the task's mean", "is it in the same unit as the task's data?");
    }

    private int ClassOf(Table table, int row, LabelColumn label, string field)
    {
        var index = Array.IndexOf(Classes, label.Class(field));
        return index >= 0
            ? index
            : throw new DataException(
                field.Length == 0
                    ? $"{table.Place(row)}: label '{Label}' is missing"
                    : $"{table.Place(row)}: label '{Label}' has no class '{field}'",
                $"classes are: {string.Join(", ", Classes)}");
    }
}

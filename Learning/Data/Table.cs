using CsvHelper;

namespace Ledger.Learning.Data;

/// <summary>A CSV file with a header, as text: columns by name, rows of trimmed fields, "" where a value is
/// missing.</summary>
public sealed record Table(string Name, string[] Columns, string[][] Cells) : Source(Name)
{
    // What the common tools write for "not known".
    private static readonly HashSet<string> Missing = ["", "?", "NA", "NaN", "nan"];

    public override int Rows => Cells.Length;

    internal string ColumnsHint => $"columns are: {string.Join(", ", Columns)}";

    private static readonly CsvReaderOptions Format = new()
    {
        TrimWhitespace = true,
        PoolStrings = true,
        TrackLineNumbers = true,
        MalformedData = CsvMalformedDataHandling.Throw,
        FieldCountMismatch = CsvFieldCountHandling.Allow,
        MaxRecordSize = Limits.RecordBytes,
    };

    /// <summary>Reads a whole file of commas, semicolons or tabs.</summary>
    public static Table Read(string name, Stream stream)
    {
        using var csv = CsvReader.Create(stream, Format, leaveOpen: true);
        try
        {
            csv.ReadHeader();
            var header = CheckedHeader(name, [.. csv.Headers]);
            return new(name, header, [.. ReadRows(name, csv, header.Length)]);
        }
        catch (CsvFormatException e)
        {
            throw new DataException($"{name}: line {e.LineNumber} is not CSV",
                "quote fields that hold commas or quotes", e);
        }
        catch (InvalidDataException e)
        {
            throw new DataException($"{name}: the file is damaged or cut short", "fetch it again", e);
        }
    }

    /// <summary>A field as <see cref="Cells"/> has it: "" for what stands for a missing value.</summary>
    internal static string Field(string text) => Missing.Contains(text) ? "" : text;

    /// <summary>Index of a column.</summary>
    public int IndexOf(string column)
    {
        var index = Array.IndexOf(Columns, column);
        return index >= 0 ? index : throw new DataException($"{Name}: no column '{column}'", ColumnsHint);
    }

    /// <summary>How a person finds a row of <see cref="Cells"/> in the file.</summary>
    internal string Place(int row) => $"{Name}: row {row + 1}";

    private static string[] CheckedHeader(string name, string[] header)
    {
        if (header.Length == 0)
            throw new DataException($"{name}: the file is empty", "the first line names the columns");
        if (header.Length > Limits.Columns)
            throw new DataException($"{name}: {header.Length} columns, the limit is {Limits.Columns}");
        if (header.Any(column => column.Length is 0 or > Limits.FieldCharacters))
            throw new DataException($"{name}: a column has no name", "the first line names the columns");
        var repeated = header.GroupBy(column => column).FirstOrDefault(group => group.Count() > 1);
        return repeated is null ? header : throw new DataException($"{name}: two columns are named '{repeated.Key}'");
    }

    private static IEnumerable<string[]> ReadRows(string name, CsvReader csv, int columns)
    {
        for (var row = 1; csv.Read(); row++)
        {
            if (row > Limits.Rows)
                throw new DataException($"{name}: more than {Limits.Rows} rows");
            var fields = csv.Current.ToArray();
            if (fields.Length != columns)
                throw new DataException($"{name}: row {row} has {fields.Length} fields, the header has {columns}");
            if (fields.Any(field => field.Length > Limits.FieldCharacters))
                throw new DataException(
                    $"{name}: row {row} has a field of more than {Limits.FieldCharacters} characters");
            yield return [.. fields.Select(Field)];
        }
    }
}

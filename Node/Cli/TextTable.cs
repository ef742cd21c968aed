namespace Ledger.Node.Cli;

/// <summary>Columns of text, aligned by spaces; numbers stand to the right.</summary>
internal static class TextTable
{
    internal static string Of(string[] header, IEnumerable<string[]> rows)
    {
        string[][] lines = [header, .. rows];
        var widths = header.Select((_, column) => lines.Max(line => line[column].Length)).ToArray();
        var right = header.Select((_, column) => lines.Length > 1 && lines.Skip(1).All(line => IsNumber(line[column])))
            .ToArray();
        return string.Join('\n', lines.Select(line => string.Join("  ",
            line.Select((field, i) => right[i] ? field.PadLeft(widths[i]) : field.PadRight(widths[i]))).TrimEnd()));
    }

    /// <summary>One pair a line, for a single thing with many properties.</summary>
    internal static string Pairs(params (string Name, string Value)[] pairs)
    {
        var width = pairs.Max(pair => pair.Name.Length);
        return string.Join('\n', pairs.Select(pair => $"{pair.Name.PadRight(width)}  {pair.Value}"));
    }

    private static bool IsNumber(string field) => field.Length > 0 && (char.IsAsciiDigit(field[0]) || field == "-");
}

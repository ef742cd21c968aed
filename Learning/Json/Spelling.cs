namespace Ledger.Learning.Json;

/// <summary>Finds what a person probably meant.</summary>
internal static class Spelling
{
    // Beyond this distance a suggestion confuses more than the list of choices.
    private const int Near = 4;

    internal static string Suggest(string word, IReadOnlyCollection<string> choices)
    {
        var nearest = choices.MinBy(choice => Distance(word, choice));
        return nearest is not null && Distance(word, nearest) <= Near
            ? $"did you mean '{nearest}'?"
            : $"known are: {string.Join(", ", choices)}";
    }

    // Levenshtein, one row of the table at a time.
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var replace = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replace, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}

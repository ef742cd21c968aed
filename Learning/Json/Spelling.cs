namespace Ledger.Learning.Json;

/// <summary>What a person probably meant by a word that nobody knows.</summary>
public static class Spelling
{
    // Beyond this distance a suggestion confuses more than the list of what is known.
    private const int Near = 3;

    /// <summary>The nearest of what is known, or all of it where none is near.</summary>
    public static string Suggest(string word, IReadOnlyCollection<string> known)
    {
        var nearest = known.MinBy(each => Distance(word, each));
        return nearest is not null && Distance(word, nearest) <= Math.Min(Near, (nearest.Length + 1) / 2)
            ? $"did you mean '{nearest}'?"
            : $"known are: {string.Join(", ", known)}";
    }

    // Levenshtein's edit distance, one row of its table at a time.
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, 1 + Math.Min(row[j], row[j - 1]));
            }
        }
        return row[^1];
    }
}

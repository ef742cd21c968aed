namespace Ledger.Learning.Data;

/// <summary>The dealing of rows behind <see cref="Splits"/>; each returns one list of row numbers a party.</summary>
internal static class SplitDealing
{
    private const int Groups = 10;

    /// <summary>Labels that are classes as they are; numbers by tenths, from small to large.</summary>
    internal static ReadOnlySpan<int> Grouped(ReadOnlySpan<int> labels)
    {
        if (!labels.ContainsAnyExceptInRange(0, Limits.Classes - 1))
            return labels;
        var ordered = labels.ToArray();
        Array.Sort(ordered);
        var grouped = new int[labels.Length];
        for (var i = 0; i < grouped.Length; i++)
        {
            var place = Array.BinarySearch(ordered, labels[i]);
            grouped[i] = (int)((long)place * Groups / ordered.Length);
        }
        return grouped;
    }

    internal static List<int>[] Iid(int rows, int parts, ref SplitMix64 random)
    {
        var order = Enumerable.Range(0, rows).ToArray();
        random.Shuffle(order.AsSpan());
        var dealt = Empty(parts);
        for (var i = 0; i < rows; i++)
            dealt[i % parts].Add(order[i]);
        return dealt;
    }

    internal static List<int>[] Shards(ReadOnlySpan<int> labels, int parts, int perPart, ref SplitMix64 random)
    {
        var count = parts * perPart;
        if (count > labels.Length)
            throw new DataException($"cannot cut {labels.Length} rows into {count} shards",
                "fewer parts or fewer shards each");
        var classes = labels.ToArray();
        var sorted = Enumerable.Range(0, classes.Length).OrderBy(row => classes[row]).ToArray();
        var shards = Enumerable.Range(0, count).ToArray();
        random.Shuffle(shards.AsSpan());

        var dealt = Empty(parts);
        for (var i = 0; i < count; i++)
        {
            var start = (int)((long)shards[i] * sorted.Length / count);
            var end = (int)((shards[i] + 1L) * sorted.Length / count);
            dealt[i / perPart].AddRange(sorted[start..end]);
        }

        return dealt;
    }

    internal static List<int>[] Dirichlet(ReadOnlySpan<int> labels, int parts, double alpha, ref SplitMix64 random)
    {
        var dealt = Empty(parts);
        var classes = labels.ToArray();
        var byClass = Enumerable.Range(0, classes.Length).GroupBy(row => classes[row]);
        foreach (var members in byClass.OrderBy(group => group.Key))
        {
            var rows = members.ToArray();
            random.Shuffle(rows.AsSpan());
            DealByWeight(rows, GammaVariates.Draw(parts, alpha, ref random), dealt);
        }

        return dealt;
    }

    /// <summary>A party without rows could not train: it takes one from the largest.</summary>
    internal static void FillEmpty(List<int>[] dealt)
    {
        foreach (var empty in dealt.Where(rows => rows.Count == 0))
        {
            var largest = dealt.MaxBy(rows => rows.Count)!;
            empty.Add(largest[^1]);
            largest.RemoveAt(largest.Count - 1);
        }
    }

    private static void DealByWeight(int[] rows, double[] weights, List<int>[] dealt)
    {
        var total = weights.Sum();
        var (start, cumulative) = (0, 0.0);
        for (var part = 0; part < dealt.Length; part++)
        {
            cumulative += weights[part];
            var end = part == dealt.Length - 1 ? rows.Length : (int)Math.Round(rows.Length * cumulative / total);
            dealt[part].AddRange(rows[start..end]);
            start = end;
        }
    }

    private static List<int>[] Empty(int parts) => [.. Enumerable.Range(0, parts).Select(_ => new List<int>())];
}

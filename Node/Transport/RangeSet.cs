namespace Ledger.Node.Transport;

/// <summary>Whole numbers as ascending half-open ranges that neither touch nor overlap: packet numbers that arrived,
/// bytes of a message that are there.</summary>
internal sealed class RangeSet
{
    private readonly List<(long Start, long End)> ranges = [];

    internal int Count => ranges.Count;

    internal (long Start, long End) this[int index] => ranges[index];

    internal bool Contains(long start, long end)
    {
        var at = FirstEndingAfter(start);
        return at < ranges.Count && ranges[at].Start <= start && ranges[at].End >= end;
    }

    /// <summary>Adds a range and tells how many of its numbers are new.</summary>
    internal long Add(long start, long end)
    {
        // A range that ends exactly where ours starts merges with it.
        var first = FirstEndingAfter(start - 1);
        var fresh = end - start;
        var last = first;
        var (from, to) = (start, end);
        for (; last < ranges.Count && ranges[last].Start <= end; last++)
        {
            fresh -= Math.Max(0, Math.Min(end, ranges[last].End) - Math.Max(start, ranges[last].Start));
            from = Math.Min(from, ranges[last].Start);
            to = Math.Max(to, ranges[last].End);
        }
        Replace(first, last - first, (from, to));
        return fresh;
    }

    internal void Clear() => ranges.Clear();

    internal void RemoveLowest() => ranges.RemoveAt(0);

    internal void RemoveBelow(long number)
    {
        var gone = 0;
        while (gone < ranges.Count && ranges[gone].End <= number)
            gone++;
        ranges.RemoveRange(0, gone);
        if (ranges.Count > 0 && ranges[0].Start < number)
            ranges[0] = (number, ranges[0].End);
    }

    private void Replace(int index, int count, (long Start, long End) range)
    {
        if (count == 0)
        {
            ranges.Insert(index, range);
            return;
        }
        ranges[index] = range;
        ranges.RemoveRange(index + 1, count - 1);
    }

    private int FirstEndingAfter(long number)
    {
        // Almost every packet extends the last range.
        var (low, high) = (0, ranges.Count);
        if (high > 0 && ranges[^1].Start <= number)
            low = high - 1;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (ranges[middle].End <= number)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }
}

using System.Numerics;

namespace Ledger.Learning.Aggregation;

/// <summary>Batcher's odd-even merge sort (1968) for any n: a fixed list of compare-exchanges without a branch, so that one
/// vector instruction sorts as many coordinates at once as it has lanes.</summary>
internal static class SortingNetwork
{
    internal readonly record struct Exchange(int Low, int High);

    internal static Exchange[] Exchanges(int n)
    {
        var exchanges = new List<Exchange>();
        for (var block = 1; block < n; block *= 2)
            for (var stride = block; stride >= 1; stride /= 2)
                AddMerge(exchanges, n, block, stride);
        return [.. exchanges];
    }

    internal static void Sort(ReadOnlySpan<Exchange> exchanges, Span<Vector<sbyte>> lanes)
    {
        foreach (var (low, high) in exchanges)
        {
            var (a, b) = (lanes[low], lanes[high]);
            lanes[low] = Vector.Min(a, b);
            lanes[high] = Vector.Max(a, b);
        }
    }

    // Pairs that would straddle two blocks of this merge belong to different sorted runs and are left out.
    private static void AddMerge(List<Exchange> exchanges, int n, int block, int stride)
    {
        for (var first = stride % block; first + stride < n; first += 2 * stride)
            for (var low = first; low < Math.Min(first + stride, n - stride); low++)
                if (low / (2 * block) == (low + stride) / (2 * block))
                    exchanges.Add(new(low, low + stride));
    }
}

using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Ledger.Learning.Aggregation;

/// <summary>Batcher's odd-even merge sort (1968) for any n: a fixed list of compare-exchanges without a branch, so
/// that one vector instruction sorts as many coordinates at once as it has lanes.</summary>
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

    /// <summary>Exchanges that bring the <paramref name="trim"/> smallest to the front and the largest to the end and
    /// leave the rest as it falls; a full sort where that is shorter.</summary>
    internal static Exchange[] Trimming(int n, int trim)
    {
        var sort = Exchanges(n);
        var select = new List<Exchange>();
        for (int first = 0, last = n - 1; first < trim && select.Count < sort.Length; first++, last--)
        {
            for (var i = first + 1; i <= last; i++)
                select.Add(new(first, i));
            for (var i = first + 1; i < last; i++)
                select.Add(new(i, last));
        }

        return select.Count < sort.Length ? [.. select] : sort;
    }

    // Without bounds checks, which cost as much as the exchange: the numbers come from the lists above, for these
    // lanes.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Apply<T>(ReadOnlySpan<Exchange> exchanges, Span<Vector<T>> lanes)
    {
        ref var first = ref MemoryMarshal.GetReference(lanes);
        foreach (var exchange in exchanges)
        {
            ref var low = ref Unsafe.Add(ref first, exchange.Low);
            ref var high = ref Unsafe.Add(ref first, exchange.High);
            var (a, b) = (low, high);
            low = Vector.Min(a, b);
            high = Vector.Max(a, b);
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

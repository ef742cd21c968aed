using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Ledger.Learning.Aggregation;

/// <summary>Sums vectors of signed bytes lane by lane into int32: integer sums are exact in any order and
/// width.</summary>
internal static class LaneSum
{
    /// <summary>So many values of at most 127 stay below 2^15.</summary>
    internal const int ShortSums = 256;

    /// <summary>sums[k] = the sum over <paramref name="lanes"/> of their byte k.</summary>
    internal static void Of(ReadOnlySpan<Vector<sbyte>> lanes, Span<int> sums)
    {
        sums.Clear();
        for (; lanes.Length > ShortSums; lanes = lanes[ShortSums..])
            Add(lanes[..ShortSums], MemoryMarshal.Cast<int, Vector<int>>(sums));
        Add(lanes, MemoryMarshal.Cast<int, Vector<int>>(sums));
    }

    // Optimised at once: a node closes its first rounds before the runtime would notice that this is hot.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add(ReadOnlySpan<Vector<sbyte>> lanes, Span<Vector<int>> sums)
    {
        var (low, high) = (Vector<short>.Zero, Vector<short>.Zero);
        foreach (var lane in lanes)
        {
            Vector.Widen(lane, out var first, out var second);
            low += first;
            high += second;
        }

        Vector.Widen(low, out var a, out var b);
        Vector.Widen(high, out var c, out var d);
        sums[0] += a;
        sums[1] += b;
        sums[2] += c;
        sums[3] += d;
    }
}

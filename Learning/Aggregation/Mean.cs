using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Ledger.Learning.Aggregation;

/// <summary>Federated averaging (McMahan et al., 2017) with equal weights: claimed row counts would be the cheapest
/// lie. Reads one update after the other, as memory likes it, into sums that stay in the cache.</summary>
internal static class Mean
{
    /// <summary>So many values of at most 127 stay below 2^15.</summary>
    private const int ShortSums = 256;

    /// <summary>sums[k] = the sum of the updates' values at <paramref name="start"/> + k.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Sum(sbyte[][] updates, int start, Span<int> sums)
    {
        sums.Clear();
        Span<short> partial = stackalloc short[sums.Length];
        foreach (var group in updates.Chunk(ShortSums))
        {
            partial.Clear();
            foreach (var update in group)
                Add(update.AsSpan(start, partial.Length), partial);
            for (var k = 0; k < partial.Length; k++)
                sums[k] += partial[k];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add(ReadOnlySpan<sbyte> values, Span<short> sums)
    {
        var bytes = MemoryMarshal.Cast<sbyte, Vector<sbyte>>(values);
        var lanes = MemoryMarshal.Cast<short, Vector<short>>(sums);
        for (var i = 0; i < bytes.Length; i++)
        {
            Vector.Widen(bytes[i], out var low, out var high);
            lanes[2 * i] += low;
            lanes[2 * i + 1] += high;
        }

        for (var k = bytes.Length * Vector<sbyte>.Count; k < values.Length; k++)
            sums[k] = (short)(sums[k] + values[k]);
    }
}

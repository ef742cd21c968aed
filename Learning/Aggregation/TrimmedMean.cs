using System.Numerics;
using System.Runtime.CompilerServices;

namespace Ledger.Learning.Aggregation;

/// <summary>Coordinate-wise trimmed mean (Yin et al., 2018): drops the f largest and smallest values of every
/// coordinate, so that f liars cannot move any coordinate outside the values of the honest.</summary>
internal static class TrimmedMean
{
    /// <summary>sums[k] = the sum of ranks f .. n-f-1 of the updates' values at <paramref name="start"/> + k.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Sum(
        sbyte[][] updates, ReadOnlySpan<SortingNetwork.Exchange> network, int trim, int start, Span<int> sums)
    {
        var width = Vector<sbyte>.Count;
        var lanes = new Vector<sbyte>[updates.Length];
        Span<int> last = stackalloc int[width];
        for (var offset = 0; offset < sums.Length; offset += width)
        {
            var count = Math.Min(width, sums.Length - offset);
            if (count == width)
                Load(updates, start + offset, lanes);
            else
                LoadLast(updates, start + offset, count, lanes);
            SortingNetwork.Apply(network, lanes);
            var target = count == width ? sums.Slice(offset, width) : last;
            LaneSum.Of(lanes.AsSpan(trim, lanes.Length - 2 * trim), target);
        }

        var remainder = sums.Length % width;
        last[..remainder].CopyTo(sums[^remainder..]);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Load(sbyte[][] updates, int start, Vector<sbyte>[] lanes)
    {
        for (var i = 0; i < lanes.Length; i++)
            lanes[i] = new Vector<sbyte>(updates[i], start);
    }

    // The lanes behind the last coordinate are summed too, as zeros, and left out of the copy.
    private static void LoadLast(sbyte[][] updates, int start, int count, Vector<sbyte>[] lanes)
    {
        Span<sbyte> padded = stackalloc sbyte[Vector<sbyte>.Count];
        padded.Clear();
        for (var i = 0; i < lanes.Length; i++)
        {
            updates[i].AsSpan(start, count).CopyTo(padded);
            lanes[i] = new Vector<sbyte>(padded);
        }
    }
}

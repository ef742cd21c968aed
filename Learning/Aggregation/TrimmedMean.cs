using System.Numerics;
using System.Runtime.InteropServices;

namespace Ledger.Learning.Aggregation;

/// <summary>Coordinate-wise trimmed mean (Yin et al., 2018): drops the f largest and smallest values of every coordinate,
/// so that f liars cannot move any coordinate outside the values of the honest.</summary>
internal static class TrimmedMean
{
    /// <summary>sums[k] = the sum of ranks f .. n-f-1 of the updates' values at <paramref name="start"/> + k.</summary>
    internal static void Sum(
        sbyte[][] updates, SortingNetwork.Exchange[] network, int trim, int start, Span<int> sums)
    {
        var width = Vector<sbyte>.Count;
        var lanes = new Vector<sbyte>[updates.Length];
        Span<int> kept = stackalloc int[width];
        for (var offset = 0; offset < sums.Length; offset += width)
        {
            var count = Math.Min(width, sums.Length - offset);
            Load(updates, start + offset, count, lanes);
            SortingNetwork.Sort(network, lanes);
            SumKept(lanes.AsSpan(trim, lanes.Length - 2 * trim), kept);
            kept[..count].CopyTo(sums[offset..]);
        }
    }

    private static void SumKept(ReadOnlySpan<Vector<sbyte>> lanes, Span<int> sums)
    {
        sums.Clear();
        var wide = MemoryMarshal.Cast<int, Vector<int>>(sums);
        foreach (var lane in lanes)
            LaneSum.Add(lane, wide);
    }

    private static void Load(sbyte[][] updates, int start, int count, Span<Vector<sbyte>> lanes)
    {
        for (var i = 0; i < lanes.Length; i++)
            lanes[i] = count == Vector<sbyte>.Count
                ? new Vector<sbyte>(updates[i], start)
                : LoadLast(updates[i].AsSpan(start, count));
    }

    // The lanes behind the last coordinate are sorted too, as zeros, and left out of the copy.
    private static Vector<sbyte> LoadLast(ReadOnlySpan<sbyte> values)
    {
        Span<sbyte> padded = stackalloc sbyte[Vector<sbyte>.Count];
        padded.Clear();
        values.CopyTo(padded);
        return new Vector<sbyte>(padded);
    }
}

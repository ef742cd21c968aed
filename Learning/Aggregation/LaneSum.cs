using System.Numerics;
using System.Runtime.InteropServices;

namespace Ledger.Learning.Aggregation;

/// <summary>Adds a vector of signed bytes to int32 sums, lane by lane: integer sums are exact in any order and width.</summary>
internal static class LaneSum
{
    internal static void Add(ReadOnlySpan<sbyte> values, Span<int> sums)
    {
        var bytes = MemoryMarshal.Cast<sbyte, Vector<sbyte>>(values);
        var lanes = MemoryMarshal.Cast<int, Vector<int>>(sums);
        for (var i = 0; i < bytes.Length; i++)
            Add(bytes[i], lanes.Slice(4 * i, 4));
        for (var k = bytes.Length * Vector<sbyte>.Count; k < values.Length; k++)
            sums[k] += values[k];
    }

    /// <summary>One vector of bytes is four of int32.</summary>
    internal static void Add(Vector<sbyte> bytes, Span<Vector<int>> lanes)
    {
        Vector.Widen(bytes, out var low, out var high);
        Vector.Widen(low, out var first, out var second);
        Vector.Widen(high, out var third, out var fourth);
        lanes[0] += first;
        lanes[1] += second;
        lanes[2] += third;
        lanes[3] += fourth;
    }
}

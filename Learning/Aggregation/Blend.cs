using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Ledger.Learning.Aggregation;

/// <summary>The coordinates of a mixture: of each, the sum of the rows' values without the
/// <paramref name="drop"/> largest and smallest.</summary>
internal sealed class Blend(Mixture rows, int drop)
{
    private readonly SortingNetwork.Exchange[] network =
        drop == 0 ? [] : SortingNetwork.Trimming(rows.Rows, drop);

    // Most weights of a row are equal (all but f neighbours, say): their updates enter as the sum of all of them.
    private readonly (int Common, (int Update, int Excess)[] Others)[] recipes =
        [.. rows.Weights.Select(row =>
        {
            var common = row.CountBy(weight => weight).MaxBy(pair => pair.Value).Key;
            return (common, row.Select((weight, i) => (i, weight - common)).Where(other => other.Item2 != 0).ToArray());
        })];

    /// <summary>Of <paramref name="count"/> coordinates from <paramref name="start"/>; what follows is zero.</summary>
    internal long[] Sums(sbyte[][] updates, int start, int count)
    {
        var width = (count + Vector<int>.Count - 1) / Vector<int>.Count * Vector<int>.Count;
        var wide = new int[updates.Length][];
        var all = new int[width];
        for (var i = 0; i < updates.Length; i++)
            AddTo(all, wide[i] = Widened(updates[i].AsSpan(start, count), width), 1);

        var mixed = new int[rows.Rows][];
        for (var i = 0; i < mixed.Length; i++)
            mixed[i] = Mixed(recipes[i], all, wide);
        if (drop > 0)
            Sort(mixed);

        var sums = new long[width];
        for (var i = drop; i < mixed.Length - drop; i++)
            AddTo(sums, mixed[i]);
        return sums;
    }

    private static int[] Mixed((int Common, (int Update, int Excess)[] Others) recipe, int[] all, int[][] wide)
    {
        if (recipe is { Common: 0, Others: [(var only, 1)] })
            return wide[only];
        var row = new int[all.Length];
        if (recipe.Common != 0)
            AddTo(row, all, recipe.Common);
        foreach (var (update, excess) in recipe.Others)
            AddTo(row, wide[update], excess);
        return row;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Sort(int[][] mixed)
    {
        var lanes = new Vector<int>[mixed.Length];
        for (var k = 0; k < mixed[0].Length; k += Vector<int>.Count)
        {
            for (var i = 0; i < lanes.Length; i++)
                lanes[i] = new(mixed[i], k);
            SortingNetwork.Apply(network, lanes);
            for (var i = drop; i < lanes.Length - drop; i++)
                lanes[i].CopyTo(mixed[i], k);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int[] Widened(ReadOnlySpan<sbyte> values, int width)
    {
        var wide = new int[width];
        for (var k = 0; k < values.Length; k++)
            wide[k] = values[k];
        return wide;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddTo(int[] target, int[] values, int factor)
    {
        var sums = MemoryMarshal.Cast<int, Vector<int>>(target.AsSpan());
        var lanes = MemoryMarshal.Cast<int, Vector<int>>(values.AsSpan());
        if (factor == 1)
            for (var k = 0; k < sums.Length && k < lanes.Length; k++)
                sums[k] += lanes[k];
        else if (factor == -1)
            for (var k = 0; k < sums.Length && k < lanes.Length; k++)
                sums[k] -= lanes[k];
        else
            for (var k = 0; k < sums.Length && k < lanes.Length; k++)
                sums[k] += lanes[k] * factor;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddTo(long[] target, int[] values)
    {
        var sums = MemoryMarshal.Cast<long, Vector<long>>(target.AsSpan());
        var lanes = MemoryMarshal.Cast<int, Vector<int>>(values.AsSpan());
        for (var k = 0; k < lanes.Length && 2 * k + 1 < sums.Length; k++)
        {
            Vector.Widen(lanes[k], out var low, out var high);
            sums[2 * k] += low;
            sums[2 * k + 1] += high;
        }
    }
}

using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Ledger.Learning.Aggregation;

/// <summary>The coordinates of a mixture: of each, the sum of the rows' values without the
/// <paramref name="drop"/> largest and smallest. Lanes are 16 bits wide where no row can leave them, which halves the
/// work, and 32 bits otherwise; the sums are the same.</summary>
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

    // Sums of 16 bits wrap around on the way and are right at the end, where the end fits.
    private readonly bool isNarrow = rows.Weights.All(row =>
        row.Sum(weight => (long)Math.Abs(weight)) * ModelUpdate.Largest <= short.MaxValue);

    /// <summary>Of <paramref name="count"/> coordinates from <paramref name="start"/>; what follows is zero.</summary>
    internal long[] Sums(sbyte[][] updates, int start, int count) =>
        isNarrow ? Sums<short>(updates, start, count) : Sums<int>(updates, start, count);

    private long[] Sums<T>(sbyte[][] updates, int start, int count)
        where T : struct, IBinaryInteger<T>
    {
        var width = (count + Vector<sbyte>.Count - 1) / Vector<sbyte>.Count * Vector<sbyte>.Count;
        // The updates, the sum of all of them, then the rows.
        var lines = updates.Length + 1 + rows.Rows;
        var pooled = ArrayPool<T>.Shared.Rent(lines * width);
        var lanes = pooled.AsSpan(0, lines * width);
        var all = lanes.Slice(updates.Length * width, width);
        all.Clear();
        for (var i = 0; i < updates.Length; i++)
        {
            var wide = lanes.Slice(i * width, width);
            Widen(updates[i].AsSpan(start, count), wide);
            Add(all, wide, T.One);
        }
        for (var i = 0; i < rows.Rows; i++)
            Mix(recipes[i], lanes, updates.Length, width, lanes.Slice((updates.Length + 1 + i) * width, width));

        var sums = new long[width];
        AddKept(lanes[((updates.Length + 1) * width)..], width, sums);
        ArrayPool<T>.Shared.Return(pooled);
        return sums;
    }

    private static void Mix<T>(
        (int Common, (int Update, int Excess)[] Others) recipe, Span<T> lanes, int updates, int width, Span<T> row)
        where T : struct, IBinaryInteger<T>
    {
        row.Clear();
        if (recipe.Common != 0)
            Add(row, lanes.Slice(updates * width, width), T.CreateTruncating(recipe.Common));
        foreach (var (update, excess) in recipe.Others)
            Add(row, lanes.Slice(update * width, width), T.CreateTruncating(excess));
    }

    // Sorts a few coordinates of all rows at a time, and adds up those in the middle.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddKept<T>(Span<T> mixed, int width, long[] sums)
        where T : struct, IBinaryInteger<T>
    {
        var lanes = new Vector<T>[rows.Rows];
        for (var k = 0; k < width; k += Vector<T>.Count)
        {
            for (var i = 0; i < lanes.Length; i++)
                lanes[i] = new(mixed.Slice(i * width + k, Vector<T>.Count));
            SortingNetwork.Apply(network, lanes);
            AddUp(lanes.AsSpan(drop, lanes.Length - 2 * drop), sums.AsSpan(k, Vector<T>.Count));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddUp<T>(ReadOnlySpan<Vector<T>> lanes, Span<long> sums)
        where T : struct, IBinaryInteger<T>
    {
        if (typeof(T) == typeof(short))
            AddUp(MemoryMarshal.Cast<Vector<T>, Vector<short>>(lanes), sums);
        else
            AddUp(MemoryMarshal.Cast<Vector<T>, Vector<int>>(lanes), sums);
    }

    // So few rows of 16 bits that 32 bits hold their sum.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddUp(ReadOnlySpan<Vector<short>> lanes, Span<long> sums)
    {
        var (first, second) = (Vector<int>.Zero, Vector<int>.Zero);
        foreach (var lane in lanes)
        {
            Vector.Widen(lane, out var low, out var high);
            first += low;
            second += high;
        }
        for (var k = 0; k < Vector<int>.Count; k++)
            (sums[k], sums[Vector<int>.Count + k]) = (first[k], second[k]);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddUp(ReadOnlySpan<Vector<int>> lanes, Span<long> sums)
    {
        var (first, second) = (Vector<long>.Zero, Vector<long>.Zero);
        foreach (var lane in lanes)
        {
            Vector.Widen(lane, out var low, out var high);
            first += low;
            second += high;
        }
        first.CopyTo(sums);
        second.CopyTo(sums[Vector<long>.Count..]);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Widen<T>(ReadOnlySpan<sbyte> values, Span<T> wide)
        where T : struct, IBinaryInteger<T>
    {
        var whole = values.Length / Vector<sbyte>.Count * Vector<sbyte>.Count;
        for (var k = 0; k < whole; k += Vector<sbyte>.Count)
        {
            Vector.Widen(new Vector<sbyte>(values[k..]), out var low, out var high);
            Put(low, wide[k..]);
            Put(high, wide[(k + Vector<short>.Count)..]);
        }
        for (var k = whole; k < wide.Length; k++)
            wide[k] = k < values.Length ? T.CreateTruncating(values[k]) : T.Zero;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put<T>(Vector<short> values, Span<T> wide)
        where T : struct, IBinaryInteger<T>
    {
        if (typeof(T) == typeof(short))
        {
            Vector.As<short, T>(values).CopyTo(wide);
            return;
        }
        Vector.Widen(values, out var low, out var high);
        Vector.As<int, T>(low).CopyTo(wide);
        Vector.As<int, T>(high).CopyTo(wide[Vector<int>.Count..]);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add<T>(Span<T> target, ReadOnlySpan<T> values, T factor)
        where T : struct, IBinaryInteger<T>
    {
        var sums = MemoryMarshal.Cast<T, Vector<T>>(target);
        var lanes = MemoryMarshal.Cast<T, Vector<T>>(values);
        if (factor == T.One)
            for (var k = 0; k < sums.Length && k < lanes.Length; k++)
                sums[k] += lanes[k];
        else if (factor == -T.One)
            for (var k = 0; k < sums.Length && k < lanes.Length; k++)
                sums[k] -= lanes[k];
        else
            for (var k = 0; k < sums.Length && k < lanes.Length; k++)
                sums[k] += lanes[k] * factor;
    }
}

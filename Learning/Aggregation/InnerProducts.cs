using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ledger.Learning.Aggregation;

/// <summary>All inner products of n long vectors of int8, exact: norms, distances, cosines and most robust rules need
/// nothing else of the updates. Sums of integers are the same for any width, order and number of threads.</summary>
internal static class InnerProducts
{
    // Of 32 vectors, two bytes a value, a block stays in the second-level cache.
    private const int BlockSize = 4096;

    /// <summary>The n x n products, row by row, both halves; all rows are of one length.</summary>
    internal static long[] Of(IReadOnlyList<sbyte[]> rows, int threads)
    {
        var (n, length) = (rows.Count, rows[0].Length);
        var parts = new long[threads][];
        Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, part =>
        {
            var (sums, wide) = (new long[n * n], new short[n * BlockSize]);
            for (var start = part * BlockSize; start < length; start += threads * BlockSize)
                AddBlock(rows, start, Math.Min(BlockSize, length - start), wide, sums);
            parts[part] = sums;
        });
        var products = parts[0];
        foreach (var part in parts[1..])
            for (var i = 0; i < products.Length; i++)
                products[i] += part[i];
        for (var i = 0; i < n; i++)
            for (var j = 0; j < i; j++)
                products[i * n + j] = products[j * n + i];
        return products;
    }

    private static void AddBlock(IReadOnlyList<sbyte[]> rows, int start, int count, short[] wide, long[] sums)
    {
        var n = rows.Count;
        for (var i = 0; i < n; i++)
            Widen(rows[i].AsSpan(start, count), wide.AsSpan(i * BlockSize, BlockSize));
        for (var i = 0; i < n; i++)
            for (var j = i; j < n; j++)
                sums[i * n + j] += Product(
                    wide.AsSpan(i * BlockSize, BlockSize), wide.AsSpan(j * BlockSize, BlockSize));
    }

    // What is behind the last coordinate counts as zero.
    private static void Widen(ReadOnlySpan<sbyte> values, Span<short> target)
    {
        for (var k = 0; k < values.Length; k++)
            target[k] = values[k];
        target[values.Length..].Clear();
    }

    /// <summary>The inner product of two blocks: at most 4,096 times 127·127, far below 2^31.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Product(ReadOnlySpan<short> a, ReadOnlySpan<short> b)
    {
        if (Avx512BW.IsSupported)
            return Product512(a, b);
        return Avx2.IsSupported ? Product256(a, b) : ProductOfLanes(a, b);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Product512(ReadOnlySpan<short> a, ReadOnlySpan<short> b)
    {
        var left = MemoryMarshal.Cast<short, Vector512<short>>(a);
        var right = MemoryMarshal.Cast<short, Vector512<short>>(b);
        var (first, second) = (Vector512<int>.Zero, Vector512<int>.Zero);
        for (var i = 0; i + 1 < left.Length && i + 1 < right.Length; i += 2)
        {
            first += Avx512BW.MultiplyAddAdjacent(left[i], right[i]);
            second += Avx512BW.MultiplyAddAdjacent(left[i + 1], right[i + 1]);
        }
        return Vector512.Sum(first + second);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Product256(ReadOnlySpan<short> a, ReadOnlySpan<short> b)
    {
        var left = MemoryMarshal.Cast<short, Vector256<short>>(a);
        var right = MemoryMarshal.Cast<short, Vector256<short>>(b);
        var (first, second) = (Vector256<int>.Zero, Vector256<int>.Zero);
        for (var i = 0; i + 1 < left.Length && i + 1 < right.Length; i += 2)
        {
            first += Avx2.MultiplyAddAdjacent(left[i], right[i]);
            second += Avx2.MultiplyAddAdjacent(left[i + 1], right[i + 1]);
        }
        return Vector256.Sum(first + second);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int ProductOfLanes(ReadOnlySpan<short> a, ReadOnlySpan<short> b)
    {
        var sum = Vector<int>.Zero;
        for (var k = 0; k < a.Length; k += Vector<short>.Count)
        {
            var product = new Vector<short>(a[k..]);
            var other = new Vector<short>(b[k..]);
            Vector.Widen(product, out var low, out var high);
            Vector.Widen(other, out var otherLow, out var otherHigh);
            sum += low * otherLow + high * otherHigh;
        }
        return Vector.Sum(sum);
    }
}

using System.Numerics;
using System.Runtime.CompilerServices;

namespace Ledger.Learning.Aggregation;

/// <summary>The step of a parameter for a sum of its kept values: round(sum·2^(24-e) / denominator), half away from
/// zero. Where there are few sums, the one division of each coordinate is done ahead, once for all of them.</summary>
internal sealed class StepTable
{
    // Half a megabyte of steps; a longer table would be slower to read than the division is to do.
    private const long LongestTable = 1 << 17;

    private readonly int[] steps = [];
    private readonly long largestSum, denominator;
    private readonly int shift;

    internal StepTable(long denominator, int exponent)
    {
        largestSum = denominator * ModelUpdate.Largest;
        // Factors of two that cancel would only cost bits: sums stay below 2^39, and scaled ones below 2^62.
        var common = Math.Min(FixedPoint.FractionBits - exponent, BitOperations.TrailingZeroCount(denominator));
        shift = FixedPoint.FractionBits - exponent - common;
        this.denominator = denominator >> common;
        if (2 * largestSum + 1 <= LongestTable)
            steps = [.. Enumerable.Range(0, (int)(2 * largestSum + 1)).Select(i => Step(i - largestSum))];
    }

    /// <summary>Replaces each sum by its step.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void Apply(Span<int> sums)
    {
        var table = steps.AsSpan();
        if (table.IsEmpty)
            for (var k = 0; k < sums.Length; k++)
                sums[k] = Step(sums[k]);
        else
            for (var k = 0; k < sums.Length; k++)
                sums[k] = table[unchecked(sums[k] + (int)largestSum)];
    }

    /// <summary>target[k] = the step of sums[k].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void Apply(ReadOnlySpan<long> sums, Span<int> target)
    {
        var table = steps.AsSpan();
        if (table.IsEmpty)
            for (var k = 0; k < target.Length; k++)
                target[k] = Step(sums[k]);
        else
            for (var k = 0; k < target.Length; k++)
                target[k] = table[(int)(sums[k] + largestSum)];
    }

    // At most 127·2^24, which is below 2^31.
    private int Step(long sum) => (int)FixedPoint.RoundedQuotient(sum << shift, denominator);
}

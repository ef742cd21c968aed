using System.Runtime.CompilerServices;

namespace Ledger.Learning.Aggregation;

/// <summary>The step of a parameter for every possible sum of its kept values: round(sum·2^(24-e) / kept), half away
/// from zero. Small integers have few sums, so the one division of each coordinate is done ahead, once for all of
/// them.</summary>
internal sealed class StepTable
{
    private readonly int[] steps;
    private readonly int largestSum;

    internal StepTable(int kept, int exponent)
    {
        largestSum = kept * ModelUpdate.Largest;
        steps = new int[2 * largestSum + 1];
        for (var sum = -largestSum; sum <= largestSum; sum++)
        {
            var scaled = (long)sum << (FixedPoint.FractionBits - exponent);
            // At most 127·2^24, which is below 2^31.
            steps[sum + largestSum] = (int)FixedPoint.RoundedQuotient(scaled, kept);
        }
    }

    /// <summary>Adds to each parameter, saturating, the step of its sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void Apply(ReadOnlySpan<int> parameters, ReadOnlySpan<int> sums, Span<int> target)
    {
        parameters = parameters[..target.Length];
        sums = sums[..target.Length];
        var table = steps.AsSpan();
        var middle = largestSum;
        for (var k = 0; k < target.Length; k++)
            target[k] = FixedPoint.SaturatingAdd(parameters[k], table[unchecked(sums[k] + middle)]);
    }
}

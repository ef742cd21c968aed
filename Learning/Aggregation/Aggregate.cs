namespace Ledger.Learning.Aggregation;

/// <summary>One step of the parameters from a round's updates, in exact integers: the same bits for any vector width
/// and number of threads.</summary>
public static class Aggregate
{
    // The rows of a block stay in the second-level cache.
    private const int BlockSize = 1024;

    /// <summary>Changes of the parameters (Q7.24) from updates with one exponent and as many values as there are
    /// parameters; there must be enough of them for the rule. The seed is for rules that deal at random.</summary>
    public static int[] Step(AggregationRule rule, Cohort cohort, int exponent, ulong seed = 0, int threads = 1)
    {
        Require(rule, cohort, exponent);
        var values = cohort.Updates.Select(update => update.Values).ToArray();
        var (rows, drop) = rule.Apply(cohort.Mixture(), seed);
        var kept = rows.Rows - 2 * drop;
        var table = new StepTable((long)rows.Denominator * kept, exponent);
        var plain = drop == 0 && rows.Denominator == 1 && rows.Rows == values.Length;
        var blend = plain ? null : new Blend(rows, drop);
        var step = new int[values[0].Length];

        var blocks = (step.Length + BlockSize - 1) / BlockSize;
        Parallel.For(0, blocks, new ParallelOptions { MaxDegreeOfParallelism = threads }, block =>
        {
            var target = step.AsSpan(block * BlockSize, Math.Min(BlockSize, step.Length - block * BlockSize));
            if (blend is null)
            {
                Mean.Sum(values, block * BlockSize, target);
                table.Apply(target);
            }
            else
                table.Apply(blend.Sums(values, block * BlockSize, target.Length), target);
        });
        return step;
    }

    /// <summary>Parameters and a step, saturating.</summary>
    public static int[] Add(ReadOnlySpan<int> parameters, ReadOnlySpan<int> step)
    {
        var next = new int[parameters.Length];
        for (var k = 0; k < next.Length; k++)
            next[k] = FixedPoint.SaturatingAdd(parameters[k], step[k]);
        return next;
    }

    // The chain includes only what was decoded for this round, so a breach here is a fault of the caller.
    private static void Require(AggregationRule rule, Cohort cohort, int exponent)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(cohort.Updates.Count, Limits.Updates, nameof(cohort));
        if (!rule.CanDoWith(cohort.Groups.Count))
            throw new ArgumentOutOfRangeException(nameof(cohort), cohort.Groups.Count, $"too few for {rule.Name}");
        ArgumentOutOfRangeException.ThrowIfNegative(exponent);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(exponent, Limits.UpdateExponent);
        foreach (var update in cohort.Updates)
        {
            ArgumentOutOfRangeException.ThrowIfNotEqual(
                update.Values.Length, cohort.Updates[0].Values.Length, nameof(cohort));
            ArgumentOutOfRangeException.ThrowIfNotEqual(update.Exponent, exponent, nameof(cohort));
        }
    }
}

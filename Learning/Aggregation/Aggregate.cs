namespace Ledger.Learning.Aggregation;

/// <summary>Closes a round of learning in exact integers: the same bits for any order of the updates, vector width and
/// number of threads.</summary>
public static class Aggregate
{
    // The sums of one block and its slices of a few updates stay in the first-level cache.
    private const int BlockSize = 4096;

    /// <summary>New parameters (Q7.24) and the exponent of the next round, from n updates with one exponent and as
    /// many values as there are parameters; n must be at least the rule's <see
    /// cref="AggregationRule.LeastUpdates"/>.</summary>
    public static (int[] Parameters, int NextExponent) Close(
        AggregationRule rule, int[] parameters, int exponent, IReadOnlyList<ModelUpdate> updates, int threads = 1)
    {
        Require(rule, parameters, exponent, updates);
        var values = updates.Select(update => update.Values).ToArray();
        var network = SortingNetwork.Trimming(values.Length, rule.Trim);
        var table = new StepTable(values.Length - 2 * rule.Trim, exponent);
        var next = new int[parameters.Length];

        var blocks = (parameters.Length + BlockSize - 1) / BlockSize;
        Parallel.For(0, blocks, new ParallelOptions { MaxDegreeOfParallelism = threads }, block =>
        {
            var start = block * BlockSize;
            Span<int> sums = stackalloc int[Math.Min(BlockSize, next.Length - start)];
            if (rule.Trim > 0)
                TrimmedMean.Sum(values, network, rule.Trim, start, sums);
            else
                Mean.Sum(values, start, sums);
            table.Apply(parameters.AsSpan(start, sums.Length), sums, next.AsSpan(start, sums.Length));
        });
        return (next, ExponentVote.Next(exponent, updates));
    }

    // The chain includes only what was decoded for this round, so a breach here is a fault of the caller.
    private static void Require(
        AggregationRule rule, int[] parameters, int exponent, IReadOnlyList<ModelUpdate> updates)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rule.Trim);
        ArgumentOutOfRangeException.ThrowIfLessThan(updates.Count, rule.LeastUpdates, nameof(updates));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(updates.Count, Limits.Updates, nameof(updates));
        ArgumentOutOfRangeException.ThrowIfNegative(exponent);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(exponent, Limits.UpdateExponent);
        foreach (var update in updates)
        {
            ArgumentOutOfRangeException.ThrowIfNotEqual(update.Values.Length, parameters.Length, nameof(updates));
            ArgumentOutOfRangeException.ThrowIfNotEqual(update.Exponent, exponent, nameof(updates));
        }
    }
}

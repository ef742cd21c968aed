using Ledger.Learning.Aggregation;

namespace Ledger.Node.Tests.Learning;

/// <summary>The rules of aggregation as one would write them on paper, a coordinate at a time: the oracle for the
/// fast ones.</summary>
internal static class ScalarAggregation
{
    internal static int[] Close(
        AggregationRule rule, int[] parameters, int exponent, IReadOnlyList<ModelUpdate> updates)
    {
        var next = new int[parameters.Length];
        for (var k = 0; k < next.Length; k++)
        {
            var kept = updates.Select(update => (long)update.Values[k]).Order()
                .Skip(rule.Trim).Take(updates.Count - 2 * rule.Trim);
            next[k] = Step(parameters[k], kept.ToArray(), exponent);
        }

        return next;
    }

    private static int Step(int parameter, long[] kept, int exponent)
    {
        var numerator = kept.Sum() << (24 - exponent);
        var quotient = Math.DivRem(Math.Abs(numerator), kept.Length, out var remainder);
        if (2 * remainder >= kept.Length)
            quotient++;
        return (int)Math.Clamp(parameter + (numerator < 0 ? -quotient : quotient), int.MinValue, int.MaxValue);
    }
}

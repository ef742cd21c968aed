using System.Numerics;
using Ledger.Learning.Aggregation;

namespace Ledger.Node.Tests.Learning;

/// <summary>The rules of aggregation as one would write them on paper, vector by vector in unbounded integers: the
/// oracle for the fast ones.</summary>
internal static class ScalarAggregation
{
    /// <summary>The rules that it knows.</summary>
    internal static readonly AggregationRule[] Rules =
    [
        AggregationRule.Mean, AggregationRule.TrimmedMean(1), AggregationRule.TrimmedMean(2), new("median"),
        new("trimmed-mean"), new("multi-krum"), new("nnm+trimmed-mean"), new("nnm+median"), new("nnm+mean", 1),
        new("nnm+multi-krum", 2),
    ];

    internal static int[] Close(
        AggregationRule rule, int[] parameters, int exponent, IReadOnlyList<ModelUpdate> updates)
    {
        var f = rule.F ?? (updates.Count - 1) / 4;
        var rows = updates.Select(update => Array.ConvertAll(update.Values, q => (BigInteger)q)).ToArray();
        var denominator = 1;
        if (rule.Name.StartsWith("nnm+", StringComparison.Ordinal))
            (rows, denominator) = ([.. rows.Select(row => Sum(Nearest(rows, row, rows.Length - f)))], rows.Length - f);
        var drop = 0;
        if (rule.Name.EndsWith("multi-krum", StringComparison.Ordinal))
            rows = [.. rows.OrderBy(row => Score(rows, row, rows.Length - f - 2)).Take(rows.Length - f)];
        else if (rule.Name.EndsWith("trimmed-mean", StringComparison.Ordinal))
            drop = f;
        else if (rule.Name.EndsWith("median", StringComparison.Ordinal))
            drop = (rows.Length - 1) / 2;

        return [.. parameters.Select((parameter, k) =>
        {
            var kept = rows.Select(row => row[k]).Order().Skip(drop).Take(rows.Length - 2 * drop).ToArray();
            return Step(parameter, kept.Aggregate(BigInteger.Add), kept.Length * denominator, exponent);
        })];
    }

    private static BigInteger[] Sum(IEnumerable<BigInteger[]> rows)
        => rows.Aggregate((a, b) => [.. a.Zip(b, BigInteger.Add)]);

    // OrderBy is stable, and the row itself is nearest.
    private static IEnumerable<BigInteger[]> Nearest(BigInteger[][] rows, BigInteger[] to, int count)
        => rows.OrderBy(row => ReferenceEquals(row, to) ? -1 : Distance(row, to)).Take(count);

    private static BigInteger Score(BigInteger[][] rows, BigInteger[] of, int neighbours)
        => rows.Where(row => !ReferenceEquals(row, of)).Select(row => Distance(row, of)).Order().Take(neighbours)
            .Aggregate(BigInteger.Zero, BigInteger.Add);

    private static BigInteger Distance(BigInteger[] a, BigInteger[] b)
        => a.Zip(b, (x, y) => (x - y) * (x - y)).Aggregate(BigInteger.Add);

    private static int Step(int parameter, BigInteger sum, int count, int exponent)
    {
        var quotient = BigInteger.DivRem(BigInteger.Abs(sum) << (24 - exponent), count, out var remainder);
        if (2 * remainder >= count)
            quotient++;
        return (int)BigInteger.Clamp(parameter + sum.Sign * quotient, int.MinValue, int.MaxValue);
    }
}

namespace Ledger.Learning.Aggregation;

/// <summary>A point among the rows of a mixture, as weights in 1/2^18, which moves step by step: what Weiszfeld's
/// iteration and centered clipping have in common. All it needs are inner products.</summary>
internal sealed class Centre(Mixture rows, int[] weights)
{
    private const int WeightBits = 18;

    internal const int Whole = 1 << WeightBits;

    internal int[] Weights => weights;

    /// <summary>Of each row, the squared distance from here, times the squares of both denominators.</summary>
    internal Int128[] SquaredDistances()
    {
        var n = rows.Rows;
        var along = new Int128[n];
        Int128 own = 0;
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j < n; j++)
                along[i] += rows.Product(i, j) * weights[j];
            own += along[i] * weights[i];
        }
        return [.. along.Select((product, i) =>
            (((rows.Product(i, i) << WeightBits) - 2 * product) << WeightBits) + own)];
    }

    internal Mixture Point() => rows.Mix([weights], Whole);
}

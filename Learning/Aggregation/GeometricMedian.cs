namespace Ledger.Learning.Aggregation;

/// <summary>The geometric median by smoothed Weiszfeld iterations (RFA: Pillutla et al., 2022), started at the mean. It
/// stays a weighted mean of the rows throughout, so only the weights are iterated. A fixed number of steps: "until
/// convergence" would let two machines stop at different ones.</summary>
internal static class GeometricMedian
{
    private const int Iterations = 8;
    private const int InverseBits = 20;

    internal static Mixture Find(Mixture rows)
    {
        var centre = new Centre(rows, Shares([.. Enumerable.Repeat((Int128)1, rows.Rows)]));
        // Nearer than one step of the quantisation is as near as can be told.
        var least = (UInt128)rows.Denominator * Centre.Whole;
        for (var step = 0; step < Iterations; step++)
        {
            var distances = centre.SquaredDistances()
                .Select(squared => UInt128.Max(FixedPoint.SquareRoot((UInt128)squared), least)).ToArray();
            var longest = distances.Max();
            centre = new(rows, Shares([.. distances.Select(d => (Int128)((longest << InverseBits) / d))]));
        }
        return centre.Point();
    }

    /// <summary>Weights in proportion that sum to the whole; what rounding leaves goes to the largest.</summary>
    private static int[] Shares(Int128[] inverses)
    {
        var sum = inverses.Aggregate((Int128)0, (a, b) => a + b);
        var shares = inverses.Select(inverse => (int)(inverse * Centre.Whole / sum)).ToArray();
        shares[Array.IndexOf(inverses, inverses.Max())] += Centre.Whole - shares.Sum();
        return shares;
    }
}

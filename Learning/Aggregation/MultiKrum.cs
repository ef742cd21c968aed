namespace Ledger.Learning.Aggregation;

/// <summary>Multi-Krum (Blanchard et al., 2017): the mean of the n - f vectors with the lowest sum of squared
/// distances to their n - f - 2 nearest others. (ByzFL counts n - f with the vector itself.)</summary>
internal static class MultiKrum
{
    /// <summary>Fewer vectors leave no neighbours to judge by.</summary>
    internal static int Least(int f) => f + 3;

    internal static Mixture Select(Mixture rows, int f)
    {
        var (n, kept) = (rows.Rows, rows.Rows - f);
        var shares = new int[n];
        foreach (var i in Enumerable.Range(0, n).OrderBy(i => Score(rows, i, kept - 2)).Take(kept))
            shares[i] = 1;
        return rows.Mix([shares], kept);
    }

    private static Int128 Score(Mixture rows, int i, int neighbours)
        => Enumerable.Range(0, rows.Rows).Where(j => j != i).Select(j => rows.Distance(i, j)).Order().Take(neighbours)
            .Aggregate((Int128)0, (sum, distance) => sum + distance);
}

namespace Ledger.Learning.Aggregation;

/// <summary>Nearest-neighbour mixing (Allouah et al., 2023, algorithm 2): every vector becomes the mean of the n - f
/// nearest to it, itself among them. What lies far from most loses its pull, and the honest come closer together, so
/// that the rule behind it tolerates data that differ.</summary>
internal static class NearestNeighborMixing
{
    internal static Mixture Mix(Mixture rows, int f)
    {
        var kept = rows.Rows - f;
        return rows.Mix([.. Enumerable.Range(0, rows.Rows).Select(i => Nearest(rows, i, kept))], kept);
    }

    // OrderBy is stable: of two as near, the one with the lower index.
    private static int[] Nearest(Mixture rows, int i, int count)
    {
        var shares = new int[rows.Rows];
        shares[i] = 1;
        foreach (var j in Enumerable.Range(0, rows.Rows).Where(j => j != i).OrderBy(j => rows.Distance(i, j))
            .Take(count - 1))
            shares[j] = 1;
        return shares;
    }
}

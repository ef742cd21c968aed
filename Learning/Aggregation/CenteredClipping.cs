namespace Ledger.Learning.Aggregation;

/// <summary>Centered clipping (Karimireddy et al., 2021): v goes on by the mean of the differences u_i - v, each
/// shortened to the radius τ. Here v starts at zero, and τ is 1.5 times the lower median of the lengths: one round's
/// updates must suffice, as a node that joins has no earlier ones.</summary>
internal static class CenteredClipping
{
    private const int Iterations = 3;

    internal static Mixture Find(Mixture rows)
    {
        var n = rows.Rows;
        var median = Enumerable.Range(0, n).Select(i => rows.Product(i, i)).Order().ElementAt((n - 1) / 2);
        // 1.5 squared, in the units of a centre's squared distances.
        var radius = (9 * median / 4) * Centre.Whole * Centre.Whole;
        var centre = new Centre(rows, new int[n]);
        for (var step = 0; step < Iterations; step++)
            centre = new(rows, Moved(centre, [.. centre.SquaredDistances().Select(d => Norms.Share(radius, d))]));
        return centre.Point();
    }

    private static int[] Moved(Centre centre, int[] shares)
    {
        var n = shares.Length;
        var whole = (long)n << Mixture.ShareBits;
        var sum = shares.Sum(share => (long)share);
        return [.. centre.Weights.Select((weight, i) =>
            (int)((weight * (whole - sum) + ((long)shares[i] * Centre.Whole)) / whole))];
    }
}

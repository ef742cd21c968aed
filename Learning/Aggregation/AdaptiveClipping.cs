namespace Ledger.Learning.Aggregation;

/// <summary>Adaptive robust clipping, ARC (Allouah et al., 2025): the floor(2f(n-f)/n) longest vectors are shortened to
/// the length of the longest of the others. Better without attack than a fixed bound; large outliers become plausible
/// ones.</summary>
internal static class AdaptiveClipping
{
    internal static Mixture Clip(Mixture rows, int f)
    {
        var n = rows.Rows;
        var norms = Enumerable.Range(0, n).Select(i => rows.Product(i, i)).ToArray();
        var bound = norms.OrderDescending().ElementAt(Count(n, f));
        return rows.Scale([.. norms.Select(norm => Norms.Share(bound, norm))]);
    }

    /// <summary>How many are clipped.</summary>
    internal static int Count(int n, int f) => 2 * f * (n - f) / n;
}

namespace Ledger.Learning.Aggregation;

/// <summary>Federated averaging (McMahan et al., 2017) with equal weights: claimed row counts would be the cheapest lie.</summary>
internal static class Mean
{
    /// <summary>sums[k] = the sum over the updates of their value at <paramref name="start"/> + k.</summary>
    internal static void Sum(sbyte[][] updates, int start, Span<int> sums)
    {
        sums.Clear();
        foreach (var update in updates)
            LaneSum.Add(update.AsSpan(start, sums.Length), sums);
    }
}

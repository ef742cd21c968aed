namespace Ledger.Learning.Aggregation;

/// <summary>Bucketing (Karimireddy et al., 2022): vectors are dealt at random into groups of <see cref="Size"/>, and
/// each group enters as its mean. Halves the differences of honest data; doubles the share of the liars.</summary>
internal static class Bucketing
{
    internal const int Size = 2;

    /// <summary>What is left over goes to the first buckets.</summary>
    internal static Mixture Mix(Mixture rows, ulong seed)
    {
        var order = Enumerable.Range(0, rows.Rows).ToArray();
        new SplitMix64(seed).Shuffle(order.AsSpan());
        var buckets = Math.Max(1, rows.Rows / Size);
        var shares = Enumerable.Range(0, buckets).Select(_ => new int[rows.Rows]).ToArray();
        for (var i = 0; i < order.Length; i++)
            shares[i % buckets][order[i]] = 1;
        if (rows.Rows % buckets == 0)
            return rows.Mix(shares, rows.Rows / buckets);
        foreach (var bucket in shares)
        {
            var share = (1 << Mixture.ShareBits) / bucket.Sum();
            for (var j = 0; j < bucket.Length; j++)
                bucket[j] *= share;
        }
        return rows.Mix(shares, 1 << Mixture.ShareBits);
    }
}

namespace Ledger.Learning.Aggregation;

/// <summary>The updates that make a step, and their inner products, which are found once and only where somebody
/// asks. Index order breaks ties, so whoever calls orders them by something that no contributor can choose.</summary>
public sealed class Cohort
{
    private readonly Lazy<long[]> products;

    private Cohort(IReadOnlyList<ModelUpdate> updates, IReadOnlyList<int[]> groups, Lazy<long[]> products)
        => (Updates, Groups, this.products) = (updates, groups, products);

    public IReadOnlyList<ModelUpdate> Updates { get; }

    /// <summary>Indices of updates that share one weight; most are alone.</summary>
    public IReadOnlyList<int[]> Groups { get; }

    /// <summary>All of them, each with a weight of its own.</summary>
    public static Cohort Of(IReadOnlyList<ModelUpdate> updates, int threads = 1)
        => new(updates, [.. Enumerable.Range(0, updates.Count).Select(i => (int[])[i])],
            new(() => InnerProducts.Of([.. updates.Select(update => update.Values)], threads)));

    /// <summary>The inner product of two updates, in steps of their exponent squared.</summary>
    public long Product(int i, int j) => products.Value[i * Updates.Count + j];

    /// <summary>The cosine of two updates in 1/65536.</summary>
    public int Cosine(int i, int j) => Norms.Cosine(Product(i, j), Product(i, i), Product(j, j));

    /// <summary>Those of these groups alone; what is known of their products stays known.</summary>
    public Cohort Take(IReadOnlyList<int[]> groups)
    {
        int[] kept = [.. groups.SelectMany(group => group)];
        var next = 0;
        return new(
            [.. kept.Select(i => Updates[i])],
            [.. groups.Select(group => group.Select(_ => next++).ToArray())],
            new(() => [.. kept.SelectMany(i => kept.Select(j => Product(i, j)))]));
    }

    internal Mixture Mixture()
    {
        var rows = Aggregation.Mixture.Of(Updates.Count, products);
        if (Groups.All(group => group.Length == 1))
            return rows;
        return rows.Mix([.. Groups.Select(Shares)], 1 << Aggregation.Mixture.ShareBits);
    }

    private int[] Shares(int[] group)
    {
        var shares = new int[Updates.Count];
        foreach (var i in group)
            shares[i] = (1 << Aggregation.Mixture.ShareBits) / group.Length;
        return shares;
    }
}

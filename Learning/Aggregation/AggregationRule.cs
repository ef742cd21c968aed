namespace Ledger.Learning.Aggregation;

/// <summary>How updates become one step, by name: steps that mix or clip whole updates, then what combines them, joined
/// by "+", such as "nnm+trimmed-mean". <paramref name="F"/> is how many liars it is to withstand among n; null for a
/// quarter, floor((n - 1) / 4).</summary>
public sealed record AggregationRule(string Name, int? F = null)
{
    private const char Join = '+';

    private delegate Mixture Step(Mixture rows, int f, ulong seed);

    private static readonly (string Name, Step Mix)[] Steps =
    [
        ("arc", (rows, f, _) => AdaptiveClipping.Clip(rows, f)),
        ("bucketing", (rows, _, seed) => Bucketing.Mix(rows, seed)),
        ("nnm", (rows, f, _) => NearestNeighborMixing.Mix(rows, f)),
    ];

    // Values of a coordinate to drop at either end, after the step; fewer updates than the least are too few.
    private static readonly (string Name, Step? Find, Func<int, int, int> Drop, Func<int, int> Least)[] Combiners =
    [
        ("mean", null, (_, _) => 0, _ => 1),
        ("trimmed-mean", null, (_, f) => f, f => 2 * f + 1),
        ("median", null, (n, _) => (n - 1) / 2, _ => 1),
        ("multi-krum", (rows, f, _) => MultiKrum.Select(rows, f), (_, _) => 0, MultiKrum.Least),
        ("geometric-median", (rows, _, _) => GeometricMedian.Find(rows), (_, _) => 0, _ => 1),
        ("centered-clipping", (rows, _, _) => CenteredClipping.Find(rows), (_, _) => 0, _ => 1),
    ];

    /// <summary>Federated averaging (McMahan et al., 2017) with equal weights.</summary>
    public static AggregationRule Mean { get; } = new("mean");

    /// <summary>Coordinate-wise trimmed mean (Yin et al., 2018).</summary>
    public static AggregationRule TrimmedMean(int f) => new("trimmed-mean", f);

    /// <summary>What may stand before and behind the "+".</summary>
    public static IEnumerable<string> StepNames => Steps.Select(step => step.Name);

    public static IEnumerable<string> CombinerNames => Combiners.Select(combiner => combiner.Name);

    /// <summary>Whether the name is that of a rule: any steps, each once at most, and one that combines.</summary>
    public static bool IsName(string name)
        => name.Split(Join) is [.. var steps, var last] && CombinerNames.Contains(last)
            && steps.All(StepNames.Contains) && steps.Distinct().Count() == steps.Length;

    /// <summary>Whether n updates are enough: fewer change nothing.</summary>
    public bool CanDoWith(int n)
    {
        if (n < 1)
            return false;
        var f = Tolerated(n);
        var rows = Name.Split(Join).Contains("bucketing") ? Math.Max(1, n / Bucketing.Size) : n;
        return f == 0 || (n > 2 * f && rows >= Combiner.Least(f));
    }

    internal int Tolerated(int n) => F ?? (n - 1) / 4;

    /// <summary>The rows whose coordinates are sorted, and how many are dropped at either end.</summary>
    internal (Mixture Rows, int Drop) Apply(Mixture rows, ulong seed)
    {
        var f = Tolerated(rows.Rows);
        foreach (var name in Name.Split(Join)[..^1])
            rows = Array.Find(Steps, step => step.Name == name).Mix(rows, Math.Min(f, (rows.Rows - 1) / 2), seed);
        var (_, find, drop, _) = Combiner;
        var found = find?.Invoke(rows, f, seed) ?? rows;
        return (found, drop(found.Rows, f));
    }

    private (string Name, Step? Find, Func<int, int, int> Drop, Func<int, int> Least) Combiner
        => Array.Find(Combiners, combiner => combiner.Name == Name.Split(Join)[^1]);
}

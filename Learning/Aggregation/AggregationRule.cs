namespace Ledger.Learning.Aggregation;

/// <summary>How updates become one step: the mean, or the mean of what is left of every coordinate when its
/// <see cref="Trim"/> largest and smallest values are dropped. The mean is the trimmed mean with trim 0.</summary>
public readonly record struct AggregationRule(bool Trims, int Trim)
{
    public const string MeanName = "mean";
    public const string TrimmedMeanName = "trimmed-mean";

    public static AggregationRule Mean => new(false, 0);

    public static AggregationRule TrimmedMean(int trim) => new(true, trim);

    public string Name => Trims ? TrimmedMeanName : MeanName;

    /// <summary>Fewer updates would leave nothing to average.</summary>
    public int LeastUpdates => 2 * Trim + 1;
}

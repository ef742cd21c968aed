namespace Ledger.Learning.Models;

/// <summary>The area under the precision-recall curve as a sum of steps, sum over k of (R_k - R_(k-1)) P_k, rows of one
/// score being one step: what to judge a rare class by, where accuracy says nothing.</summary>
public static class AveragePrecision
{
    /// <summary>From each row's score, and whether it belongs to the class; 0 where none does.</summary>
    public static double Of(IReadOnlyList<float> scores, IReadOnlyList<bool> positive)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(positive.Count, scores.Count, nameof(positive));
        var all = positive.Count(each => each);
        var (seen, found, area) = (0, 0, 0.0);
        foreach (var step in Enumerable.Range(0, scores.Count)
            .GroupBy(row => scores[row]).OrderByDescending(step => step.Key))
        {
            var more = step.Count(row => positive[row]);
            (seen, found) = (seen + step.Count(), found + more);
            area += (double)more / all * found / seen;
        }

        return all == 0 ? 0 : area;
    }
}

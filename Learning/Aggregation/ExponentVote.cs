namespace Ledger.Learning.Aggregation;

/// <summary>The exponent of the next round: finer when most updates use few of the steps, coarser when most are
/// cut off. Each update has one vote, so that a minority of liars with extreme values cannot blind the
/// others.</summary>
public static class ExponentVote
{
    private const int SmallPart = 4;
    private const int SaturatedShare = 1000;

    /// <summary>From updates whose largest value is <paramref name="largest"/>.</summary>
    public static int Next(int exponent, IReadOnlyList<ModelUpdate> updates, int largest = ModelUpdate.Largest)
    {
        // A small update is not cut off, and the reader of a value that is not small stops at once.
        if (2 * updates.Count(update => IsSmall(update, largest)) > updates.Count)
            return Math.Min(exponent + 1, Limits.UpdateExponent);
        return 2 * updates.Count(update => IsCutOff(update, largest)) > updates.Count
            ? Math.Max(exponent - 1, 0)
            : exponent;
    }

    private static bool IsCutOff(ModelUpdate update, int largest)
    {
        var saturated = update.Values.AsSpan().Count((sbyte)largest) + update.Values.AsSpan().Count((sbyte)-largest);
        return (long)saturated * SaturatedShare > update.Values.Length;
    }

    // Below a quarter of the range.
    private static bool IsSmall(ModelUpdate update, int largest)
    {
        var small = (sbyte)(largest / SmallPart);
        return !update.Values.AsSpan().ContainsAnyExceptInRange((sbyte)-small, small);
    }
}

namespace Ledger.Learning.Aggregation;

/// <summary>The exponent of the next round: finer when most updates use few of the int8 steps, coarser when most are
/// cut off. Each update has one vote, so that a minority of liars with extreme values cannot blind the
/// others.</summary>
public static class ExponentVote
{
    private const int SmallBelow = 32;
    private const int SaturatedShare = 1000;

    public static int Next(int exponent, IReadOnlyList<ModelUpdate> updates)
    {
        // A small update is not cut off, and the reader of a value that is not small stops at once.
        if (2 * updates.Count(IsSmall) > updates.Count)
            return Math.Min(exponent + 1, Limits.UpdateExponent);
        return 2 * updates.Count(IsCutOff) > updates.Count ? Math.Max(exponent - 1, 0) : exponent;
    }

    private static bool IsCutOff(ModelUpdate update)
    {
        var saturated = update.Values.AsSpan().Count((sbyte)ModelUpdate.Largest)
            + update.Values.AsSpan().Count((sbyte)-ModelUpdate.Largest);
        return (long)saturated * SaturatedShare > update.Values.Length;
    }

    private static bool IsSmall(ModelUpdate update)
        => !update.Values.AsSpan().ContainsAnyExceptInRange((sbyte)(1 - SmallBelow), (sbyte)(SmallBelow - 1));
}

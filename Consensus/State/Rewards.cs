using System.Collections.Immutable;

namespace Ledger.Consensus.State;

/// <summary>
/// What a round pays: its reward in proportion to what each included contributor's updates were worth of late. One
/// round's score is noisy, so a good contributor whose update was refused once is not paid nothing at once.
/// </summary>
public static class Rewards
{
    // Exponential smoothing: a fifth of the new.
    private const uint Kept = 4, Of = 5;

    /// <summary>The smoothed merit after an update of this merit; the first counts in full.</summary>
    public static uint Smoothed(uint? before, uint merit) =>
        before is { } known ? (uint)(((ulong)known * Kept + merit) / Of) : merit;

    /// <summary>Shares in proportion to the merits, rounded down; what is left goes one token each to those who lost
    /// most by rounding, the first in order where they lost the same. They sum to the reward, or to nothing where
    /// nobody has merit.</summary>
    internal static ImmutableArray<ulong> Share(IReadOnlyList<uint> merits, ulong reward)
    {
        var sum = merits.Aggregate(0UL, (total, merit) => total + merit);
        if (sum == 0)
            return [.. merits.Select(_ => 0UL)];
        var shares = merits.Select(merit => (ulong)((UInt128)reward * merit / sum)).ToArray();
        var left = reward - shares.Aggregate(0UL, (total, share) => total + share);
        foreach (var i in Enumerable.Range(0, merits.Count).OrderByDescending(i => (UInt128)reward * merits[i] % sum)
            .Take((int)left))
            shares[i]++;
        return [.. shares];
    }
}

namespace Ledger.Learning.Aggregation;

/// <summary>Lengths and angles from exact squared norms and inner products.</summary>
internal static class Norms
{
    /// <summary>Cosines are counted in 1/65536.</summary>
    internal const int CosineBits = 16;

    private const int BoundBits = 100;

    /// <summary>min(1, sqrt(bound / norm)) in 1/4096, rounded down, from squared norms.</summary>
    internal static int Share(Int128 bound, Int128 norm)
    {
        if (norm <= bound)
            return 1 << Mixture.ShareBits;
        // Both lose the same low bits, so that the scaled bound fits.
        var excess = Math.Max(0, 128 - (int)Int128.LeadingZeroCount(bound) - BoundBits);
        return (int)FixedPoint.SquareRoot(
            (UInt128)(((bound >> excess) << (2 * Mixture.ShareBits)) / (norm >> excess)));
    }

    /// <summary>cos(a, b) in 1/65536, rounded towards zero; 0 where either is the zero vector.</summary>
    internal static int Cosine(long product, long normA, long normB)
    {
        if (normA == 0 || normB == 0)
            return 0;
        var lengths = (Int128)FixedPoint.SquareRoot((UInt128)normA * (UInt128)normB);
        return (int)(((Int128)product << CosineBits) / lengths);
    }
}

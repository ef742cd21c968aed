using System.Numerics;

namespace Ledger.Learning.Aggregation;

/// <summary>Canonical arithmetic on parameters: int32 with 24 fractional bits (Q7.24), so every validator gets the
/// same bits.</summary>
public static class FixedPoint
{
    public const int FractionBits = 24;

    /// <summary>n / d rounded half away from zero, so that negating every update negates the result.</summary>
    public static long RoundedQuotient(long numerator, long denominator)
    {
        var magnitude = (2 * Math.Abs(numerator) + denominator) / (2 * denominator);
        return numerator < 0 ? -magnitude : magnitude;
    }

    /// <summary>a + b, or the nearest int32. Without branches, as it runs once for each parameter: a sum has wrapped
    /// when its sign is that of neither operand.</summary>
    public static int SaturatingAdd(int a, int b)
    {
        var sum = unchecked(a + b);
        return ((a ^ sum) & (b ^ sum)) < 0 ? (a >> 31) ^ int.MaxValue : sum;
    }

    /// <summary>The largest y with y·y &lt;= x, by binary digits.</summary>
    public static ulong SquareRoot(UInt128 x)
    {
        if (x <= ulong.MaxValue)
            return SquareRoot((ulong)x);
        ulong root = 0;
        for (var bit = 1UL << 63; bit != 0; bit >>= 1)
        {
            var candidate = (UInt128)(root | bit);
            if (candidate * candidate <= x)
                root |= bit;
        }

        return root;
    }

    /// <summary>The largest y with y·y &lt;= x, by Newton's iteration, which falls until it is there.</summary>
    public static ulong SquareRoot(ulong x)
    {
        if (x == 0)
            return 0;
        var root = 1UL << ((65 - BitOperations.LeadingZeroCount(x)) / 2);
        while (true)
        {
            var next = (root + x / root) / 2;
            if (next >= root)
                return root;
            root = next;
        }
    }
}

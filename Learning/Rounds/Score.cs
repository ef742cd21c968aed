using Ledger.Learning.Aggregation;

namespace Ledger.Learning.Rounds;

/// <summary>What the committee says of one update: the weighted mean of the roots' cosines to it, in 1/65536, and how
/// far they are apart (sum of squared weighted deviations, times the roots, in 2^-64).</summary>
internal readonly record struct Score(int Mean, Int128 Spread, int Roots)
{
    // What the committee is in doubt about it lets pass, by half a standard error of the mean, and pays accordingly:
    // the rule is there for the rest. A whole one would double what liars on the committee get through, none at all
    // refuses a fifth of the honest.
    private const int PartOfError = 2;

    /// <summary>Cosines and weights in the order of the roots; the weights sum to 65536 at most.</summary>
    internal static Score Of(long[] cosines, long[] weights)
    {
        var mean = cosines.Zip(weights, (c, w) => c * w).Sum() >> Norms.CosineBits;
        var spread = cosines.Zip(weights, (c, w) => (Int128)(w * (c - mean)) * (w * (c - mean)))
            .Aggregate((Int128)0, (sum, each) => sum + each) * cosines.Length;
        return new((int)mean, spread, cosines.Length);
    }

    /// <summary>What rewards are in proportion to: the score, or the same for all where nobody scores.</summary>
    internal long Worth => Roots == 0 ? 1 << Norms.CosineBits : Math.Max(0, Mean);

    /// <summary>Whether it is above the gate, or below by less than half a standard error.</summary>
    internal bool Passes(long gate)
    {
        // error^2 = spread / (roots - 1), so nothing is divided.
        var missing = PartOfError * (Int128)(gate - Mean) << Norms.CosineBits;
        return Roots == 0 || Mean > gate || missing * missing * (Roots - 1) < Spread;
    }
}

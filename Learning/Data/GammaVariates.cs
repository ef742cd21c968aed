namespace Ledger.Learning.Data;

/// <summary>Gamma(alpha, 1) by Marsaglia and Tsang, 2000; divided by their sum they are Dirichlet(alpha).</summary>
internal static class GammaVariates
{
    // With a tiny alpha every variate may underflow to 0, and no proportions would be left.
    private const double Least = 1e-300;

    internal static double[] Draw(int count, double alpha, ref SplitMix64 random)
    {
        var variates = new double[count];
        for (var i = 0; i < count; i++)
            variates[i] = Math.Max(Draw(alpha, ref random), Least);
        return variates;
    }

    private static double Draw(double alpha, ref SplitMix64 random)
    {
        // The method needs alpha >= 1; a power of a uniform number brings the shape back below.
        if (alpha < 1)
            return Draw(alpha + 1, ref random) * Math.Pow(Uniform(ref random), 1 / alpha);

        var d = alpha - 1.0 / 3;
        var c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            var x = Normal(ref random);
            var v = Math.Pow(1 + c * x, 3);
            if (v > 0 && Math.Log(Uniform(ref random)) < 0.5 * x * x + d - d * v + d * Math.Log(v))
                return d * v;
        }
    }

    private static double Normal(ref SplitMix64 random)
        => Math.Sqrt(-2 * Math.Log(Uniform(ref random))) * Math.Cos(2 * Math.PI * Uniform(ref random));

    // In (0, 1]: its logarithm is finite.
    private static double Uniform(ref SplitMix64 random) => ((random.Next() >> 11) + 1) * (1.0 / (1UL << 53));
}

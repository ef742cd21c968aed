using Ledger.Learning.Aggregation;

namespace Ledger.Learning.Training;

/// <summary>Floats to an int8 update by stochastic rounding: up or down with the probability that keeps the expected
/// value, so that steps too small for the grid are not lost on average (Gupta et al., 2015).</summary>
public static class Quantisation
{
    private const double UniformUnit = 1.0 / (1UL << 53);

    /// <summary>q = round(delta·2^e), cut off at the format's largest value; in a sparse format only the largest
    /// deltas.</summary>
    public static ModelUpdate Quantise(
        ReadOnlySpan<float> delta, int exponent, ulong seed, UpdateFormat format = UpdateFormat.Int8)
    {
        var random = new SplitMix64(seed);
        var (least, spare) = Threshold(delta, format.Kept(delta.Length));
        var values = new sbyte[delta.Length];
        for (var k = 0; k < delta.Length; k++)
        {
            if (!float.IsFinite(delta[k]))
                throw new DivergenceException(k, delta[k]);
            var size = Math.Abs(delta[k]);
            if (size < least || (size == least && spare-- <= 0))
                continue;
            var rounded = Math.Floor(delta[k] * (double)(1 << exponent) + (random.Next() >> 11) * UniformUnit);
            values[k] = (sbyte)Math.Clamp(rounded, -format.Largest(), format.Largest());
        }

        return new(values, exponent);
    }

    /// <summary>The change of each parameter that an update stands for.</summary>
    public static float[] Dequantise(ModelUpdate update) =>
        Array.ConvertAll(update.Values, value => value / (float)(1 << update.Exponent));

    // The size of the smallest that is kept, and how many of exactly that size are.
    private static (float Least, int Spare) Threshold(ReadOnlySpan<float> delta, int kept)
    {
        if (kept == delta.Length)
            return (0, delta.Length);
        var sizes = new float[delta.Length];
        for (var k = 0; k < sizes.Length; k++)
            sizes[k] = Math.Abs(delta[k]);
        Array.Sort(sizes);
        var least = sizes[^kept];
        return (least, kept - sizes.Count(size => size > least));
    }
}

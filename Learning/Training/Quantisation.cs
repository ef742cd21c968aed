using Ledger.Learning.Aggregation;

namespace Ledger.Learning.Training;

/// <summary>Floats to an int8 update by stochastic rounding: up or down with the probability that keeps the expected
/// value, so that steps too small for the grid are not lost on average (Gupta et al., 2015).</summary>
public static class Quantisation
{
    private const double UniformUnit = 1.0 / (1UL << 53);

    /// <summary>q = round(delta·2^e), cut off at ±127.</summary>
    public static ModelUpdate Quantise(ReadOnlySpan<float> delta, int exponent, ulong seed)
    {
        var random = new SplitMix64(seed);
        var values = new sbyte[delta.Length];
        for (var k = 0; k < delta.Length; k++)
        {
            if (!float.IsFinite(delta[k]))
                throw new DataException($"training diverged: parameter {k} became {delta[k]}",
                    "lower the learning rate");
            var rounded = Math.Floor(delta[k] * (double)(1 << exponent) + (random.Next() >> 11) * UniformUnit);
            values[k] = (sbyte)Math.Clamp(rounded, -ModelUpdate.Largest, ModelUpdate.Largest);
        }

        return new(values, exponent);
    }
}

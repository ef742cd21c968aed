using Ledger.Learning.Aggregation;

namespace Ledger.Learning.Models;

/// <summary>Between canonical Q7.24 parameters and the float32 of a model.</summary>
public static class ParameterFloats
{
    private const double Unit = 1.0 / (1 << FixedPoint.FractionBits);

    public static float[] FromCanonical(ReadOnlySpan<int> parameters)
    {
        var floats = new float[parameters.Length];
        for (var k = 0; k < floats.Length; k++)
            floats[k] = (float)(parameters[k] * Unit);
        return floats;
    }

    /// <summary>Nearest, half away from zero, saturating at ±128; a float32 times 2^24 is exact in double.</summary>
    public static int[] ToCanonical(ReadOnlySpan<float> floats)
    {
        var parameters = new int[floats.Length];
        for (var k = 0; k < floats.Length; k++)
        {
            if (!float.IsFinite(floats[k]))
                throw new DataException($"parameter {k} is {floats[k]}", "initialise the model with finite numbers");
            var scaled = Math.Round(floats[k] / Unit, MidpointRounding.AwayFromZero);
            parameters[k] = (int)Math.Clamp(scaled, int.MinValue, int.MaxValue);
        }

        return parameters;
    }
}

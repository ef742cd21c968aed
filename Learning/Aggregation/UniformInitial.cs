namespace Ledger.Learning.Aggregation;

/// <summary>Initial parameters uniform in ±1/sqrt(fan-in), in integers from a seed, so that every peer starts from
/// the same bits. A bias has the fan-in of the weight before it, as in PyTorch.</summary>
public static class UniformInitial
{
    /// <summary>All tensors of <paramref name="shapes"/> in order, Q7.24.</summary>
    public static int[] Parameters(ulong seed, IReadOnlyList<ParameterShape> shapes)
    {
        var parameters = new int[ParameterShape.Total(shapes)];
        var random = new SplitMix64(seed);
        var (next, fanIn) = (0, 1);
        foreach (var shape in shapes)
        {
            if (shape.Dimensions.Length > 1)
                fanIn = shape.Count / shape.Dimensions[0];
            // 2^24 / sqrt(fan-in), as one integer square root.
            var bound = (int)FixedPoint.SquareRoot((1UL << (2 * FixedPoint.FractionBits)) / (ulong)fanIn);
            for (var i = 0; i < shape.Count; i++)
                parameters[next++] = (int)random.Below(2 * (ulong)bound + 1) - bound;
        }

        return parameters;
    }
}

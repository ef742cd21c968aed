namespace Ledger.Learning.Attacks;

/// <summary>Updates that nobody trained. Forms and constants are those of the papers, with the liars' knowledge of all
/// honest updates that the papers give them.</summary>
internal static class Forging
{
    private const float AlieDeviations = 1.5f;
    private const int SearchSteps = 20;

    internal static float[] Scaled(float[] update, float factor) => Array.ConvertAll(update, value => factor * value);

    internal static float[] Mean(IReadOnlyList<float[]> updates)
    {
        var mean = new float[updates[0].Length];
        foreach (var update in updates)
            for (var k = 0; k < mean.Length; k++)
                mean[k] += update[k] / updates.Count;
        return mean;
    }

    /// <summary>Noise as long as three honest updates.</summary>
    internal static float[] Gaussian(AttackView view) => Noise(view, 3 * Length(Mean(view.Honest)));

    /// <summary>Noise as long as an honest update: to be paid for nothing.</summary>
    internal static float[] FreeRider(AttackView view) => Noise(view, Length(view.Honest[0]));

    /// <summary>An honest update and a fifth of noise, so that it is not the same.</summary>
    internal static float[] Copycat(AttackView view)
        => Plus(view.Honest[0], Noise(view, Length(view.Honest[0])), 0.2f);

    /// <summary>A little is enough (Baruch et al., 2019): some deviations away from the mean everywhere.</summary>
    internal static float[] Alie(AttackView view)
    {
        var mean = Mean(view.Honest);
        return Plus(mean, Deviation(view.Honest, mean), -AlieDeviations);
    }

    /// <summary>Min-Max (Shejwalkar and Houmansadr, 2021): as far against the mean as the farthest two honest are
    /// apart.</summary>
    internal static float[] MinMax(AttackView view) => Farthest(view, distances => distances.Max());

    /// <summary>Min-Sum (the same paper): no farther from all in sum than any honest one.</summary>
    internal static float[] MinSum(AttackView view) => Farthest(view, distances => distances.Sum());

    /// <summary>Knows the gate: the longest step along ALIE's direction whose cosine to the honest mean stays above
    /// 0.3 of the median and whose length stays below the bound, with noise of its own against the search for
    /// copies.</summary>
    internal static float[] Adaptive(AttackView view)
    {
        var mean = Mean(view.Honest);
        var cosines = view.Honest.Select(honest => Cosine(honest, mean)).Order().ToArray();
        var lengths = view.Honest.Select(Length).Order().ToArray();
        var (gate, bound) = (0.3 * cosines[cosines.Length / 2], 3.9 * lengths[lengths.Length / 2]);
        var direction = Plus(Deviation(view.Honest, mean), Noise(view, 0.4 * Length(mean)), -1);
        var factor = Largest(factor => Plus(mean, direction, -factor) is var forged
            && Cosine(forged, mean) >= gate && Length(forged) <= bound);
        return Plus(mean, direction, -factor);
    }

    // The forged is a multiple of the mean, so three products of each honest update say how far away it is.
    private static float[] Farthest(AttackView view, Func<IEnumerable<double>, double> measure)
    {
        var mean = Mean(view.Honest);
        var square = Product(mean, mean);
        var squares = view.Honest.Select(honest => Product(honest, honest)).ToArray();
        var along = view.Honest.Select(honest => Product(honest, mean)).ToArray();
        var bound = view.Honest.Max(a => measure(view.Honest.Select(b => SquaredDistance(a, b))));
        var factor = Largest(gamma => measure(squares.Select((own, i) =>
            own - 2 * (1 - gamma) * along[i] + (1 - gamma) * (1 - gamma) * square)) <= bound);
        return Scaled(mean, 1 - factor);
    }

    // The largest factor that stays hidden: 10 more while it does, then half of that.
    private static float Largest(Func<float, bool> isHidden)
    {
        var (factor, step) = (0f, 10f);
        for (var i = 0; i < SearchSteps; i++)
            if (isHidden(factor + step))
                factor += step;
            else
                step /= 2;
        return factor;
    }

    private static float[] Deviation(IReadOnlyList<float[]> updates, float[] mean)
    {
        var squares = new float[mean.Length];
        foreach (var update in updates)
            for (var k = 0; k < mean.Length; k++)
                squares[k] += (update[k] - mean[k]) * (update[k] - mean[k]);
        return Array.ConvertAll(squares, square => MathF.Sqrt(square / updates.Count));
    }

    // Box and Muller.
    private static float[] Noise(AttackView view, double length)
    {
        var random = new SplitMix64(view.Seed);
        var noise = new float[view.Own.Length];
        for (var k = 0; k < noise.Length; k++)
        {
            var radius = Math.Sqrt(-2 * Math.Log((random.Below(1 << 30) + 1.0) / ((1 << 30) + 1.0)));
            noise[k] = (float)(radius * Math.Cos(2 * Math.PI * random.Below(1 << 30) / (1 << 30)));
        }
        return Scaled(noise, (float)(length / Length(noise)));
    }

    private static float[] Plus(float[] a, float[] b, float factor)
    {
        var sum = new float[a.Length];
        for (var k = 0; k < sum.Length; k++)
            sum[k] = a[k] + factor * b[k];
        return sum;
    }

    private static double Length(float[] a) => Math.Sqrt(Product(a, a));

    private static double Cosine(float[] a, float[] b) => Product(a, b) / (Length(a) * Length(b));

    private static double SquaredDistance(float[] a, float[] b) => Product(a, a) + Product(b, b) - 2 * Product(a, b);

    private static double Product(float[] a, float[] b)
    {
        double sum = 0;
        for (var k = 0; k < a.Length; k++)
            sum += (double)a[k] * b[k];
        return sum;
    }
}

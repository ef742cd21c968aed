using System.Diagnostics;
using System.Numerics;
using Ledger.Learning;
using Ledger.Learning.Aggregation;

namespace Ledger.Node.Bench;

/// <summary>
/// How fast a round is aggregated in exact integers, on one core: bytes of int8 updates read a second, beside the mean
/// of the same updates as float32 in vector code, the way a coordinator without consensus would do it.
/// </summary>
internal static class AggregationBench
{
    // The parameters of the FedAvg CNN (McMahan et al., 2017), and a network that a laptop could host.
    private const int Parameters = 1_663_370, Updates = 8, Runs = 9, Exponent = 8;

    private const int ManyParameters = 1_000_000, ManyUpdates = 32;

    internal static IEnumerable<Figure> Run()
    {
        var updates = Enumerable.Range(0, Updates).Select(i => new ModelUpdate(Values((ulong)i), Exponent)).ToList();
        var floats = updates.Select(u => Array.ConvertAll(u.Values, q => q / (float)(1 << Exponent))).ToList();
        var target = new float[Parameters];

        var mean = Median(() => Aggregate.Step(AggregationRule.Mean, Cohort.Of(updates), Exponent));
        var trimmed = Median(() => Aggregate.Step(AggregationRule.TrimmedMean(2), Cohort.Of(updates), Exponent));
        var plain = Median(() => FloatMean(floats, target));

        const double bytes = (double)Parameters * Updates;
        yield return Figure.Beside("aggregation.mean", bytes / mean / 1e9, "GB/s of int8 updates",
            "the float32 mean of the same updates, as GB/s of the int8 form", bytes / plain / 1e9);
        yield return Figure.Beside("aggregation.trimmed-mean", bytes / trimmed / 1e9, "GB/s of int8 updates",
            "the float32 mean of the same updates, as GB/s of the int8 form", bytes / plain / 1e9);
        foreach (var figure in Robust())
            yield return figure;
    }

    // The whole of a robust round with all cores: inner products, mixing, sorting, the step.
    private static IEnumerable<Figure> Robust()
    {
        var updates = Enumerable.Range(0, ManyUpdates)
            .Select(i => new ModelUpdate(Values((ulong)i, ManyParameters), Exponent)).ToList();
        var robust = Milliseconds("nnm+trimmed-mean");
        var krum = Milliseconds("multi-krum");
        if (NumPyAggregation.Measure() is not { } other)
        {
            yield return Figure.Alone("aggregation.nnm-trimmed-mean", robust, "ms, 32 updates of a million");
            yield return Figure.Alone("aggregation.multi-krum", krum, "ms, 32 updates of a million");
            yield break;
        }
        yield return Figure.Beside("aggregation.nnm-trimmed-mean", robust, "ms, 32 updates of a million",
            "a trimmed mean in NumPy, without mixing", other.TrimmedMean);
        yield return Figure.Beside("aggregation.multi-krum", krum, "ms, 32 updates of a million",
            "Multi-Krum in NumPy", other.MultiKrum);

        double Milliseconds(string rule) => 1_000 * Median(() => Aggregate.Step(
            new(rule), Cohort.Of(updates, Environment.ProcessorCount), Exponent, threads: Environment.ProcessorCount));
    }

    private static sbyte[] Values(ulong seed, int count = Parameters)
    {
        var random = new SplitMix64(seed);
        var values = new sbyte[count];
        for (var i = 0; i < values.Length; i++)
            values[i] = (sbyte)((int)random.Below(2 * ModelUpdate.Largest + 1) - ModelUpdate.Largest);
        return values;
    }

    private static void FloatMean(List<float[]> updates, float[] target)
    {
        var scale = new Vector<float>(1f / updates.Count);
        for (var i = 0; i + Vector<float>.Count <= target.Length; i += Vector<float>.Count)
        {
            var sum = Vector<float>.Zero;
            foreach (var update in updates)
                sum += new Vector<float>(update, i);
            (new Vector<float>(target, i) + sum * scale).CopyTo(target, i);
        }
    }

    // The first run pays for the compiler and is left out.
    private static double Median(Action work)
    {
        work();
        var seconds = new double[Runs];
        for (var i = 0; i < Runs; i++)
        {
            var clock = Stopwatch.StartNew();
            work();
            seconds[i] = clock.Elapsed.TotalSeconds;
        }
        Array.Sort(seconds);
        return seconds[Runs / 2];
    }
}

using System.Diagnostics;
using System.Globalization;
using Ledger.Learning;
using Ledger.Learning.Aggregation;
using Ledger.Learning.Rounds;

namespace Ledger.Node.Bench;

/// <summary>
/// What the end of a round costs each node as contributors and parameters grow: all updates and roots decoded, scored
/// by a full committee, mixed and combined by the default rule, on all cores.
/// </summary>
internal static class ClosingBench
{
    private const int Scorers = 7, Runs = 5, Exponent = 8;

    private static readonly (int Contributors, int Parameters)[] Sizes =
    [
        (8, 10_000), (8, 100_000), (8, 1_000_000), (8, 10_000_000), (32, 100_000), (128, 100_000),
    ];

    internal static IEnumerable<Figure> Run()
    {
        foreach (var (contributors, parameters) in Sizes)
        {
            var blobs = Enumerable.Range(0, contributors + Scorers).Select(i => Blob((ulong)i, parameters)).ToArray();
            var milliseconds = Median(() => Close(blobs, contributors, parameters));
            yield return Figure.Alone($"closing.{contributors}x10^{(int)Math.Log10(parameters)}", milliseconds,
                string.Create(CultureInfo.InvariantCulture,
                    $"ms, {contributors} updates and {Scorers} roots, {blobs.Sum(b => (long)b.Length)} bytes"));
        }
    }

    // What honest parties send agrees in part: a common direction, and each one's own noise.
    private static byte[] Blob(ulong seed, int parameters)
    {
        var (common, own) = (new SplitMix64(0), new SplitMix64(seed + 1));
        var values = new sbyte[parameters];
        for (var i = 0; i < values.Length; i++)
            values[i] = (sbyte)((long)common.Below(ModelUpdate.Largest) + (long)own.Below(ModelUpdate.Largest)
                - ModelUpdate.Largest);
        return new ModelUpdate(values, Exponent).Encode(UpdateFormat.Int8);
    }

    private static void Close(byte[][] blobs, int contributors, int parameters)
    {
        var decoded = new ModelUpdate[blobs.Length];
        for (var i = 0; i < blobs.Length; i++)
            if (!ModelUpdate.TryDecode(blobs[i], parameters, Exponent, UpdateFormat.Int8, out decoded[i]!))
                throw new InvalidOperationException("an update of ours does not decode");
        var outcome = RoundClosing.Close(new()
        {
            Rule = new("nnm+trimmed-mean"),
            Parameters = new int[parameters],
            Exponent = Exponent,
            Updates = decoded[..contributors],
            Roots = [.. decoded[contributors..].Select(root => new Root(root, 1))],
        }, Environment.ProcessorCount);
        if (outcome.CarriedOver)
            throw new InvalidOperationException("nothing was aggregated");
    }

    private static double Median(Action work)
    {
        work();
        var clock = Stopwatch.StartNew();
        var times = new double[Runs];
        for (var i = 0; i < Runs; i++)
        {
            clock.Restart();
            work();
            times[i] = clock.Elapsed.TotalMilliseconds;
        }
        Array.Sort(times);
        return times[Runs / 2];
    }
}

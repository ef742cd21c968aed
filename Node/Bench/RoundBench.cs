using System.Diagnostics;
using Ledger.Learning.Data;
using Ledger.Learning.Models;
using Ledger.Learning.Recipes;
using Ledger.Learning.Training;
using Ledger.Node.Cli.Devnet;

namespace Ledger.Node.Bench;

/// <summary>
/// What agreement costs a round of learning: seconds a round of a real four-node devnet, beside plain libtorch that
/// takes the same steps on the same rows in this one process, averages in floats and evaluates, with nobody to agree
/// with. The bytes a round on the wire come from the same run.
/// </summary>
internal static class RoundBench
{
    internal static async Task<IReadOnlyList<Figure>> Run(
        DevnetPlan plan, DevnetRun run, RoundTable table, CancellationToken stop)
    {
        var plain = Plain(plan.Recipe, plan.Shards.Select(s => s.Shard).ToList(), (int)plan.Task.Spec.Rounds);
        var summary = await run.Run(stop);
        // The first round waits for the processes to start.
        var rounds = table.Rows.Where(r => r.Round > 1).Select(r => r.Seconds).Order().ToList();
        var name = plan.Task.Spec.Name;
        return
        [
            Figure.Beside($"round.{name}.seconds", rounds.Average(), "s a round, 4 processes",
                "plain libtorch, the same steps in one process", plain),
            Figure.Beside($"round.{name}.bytes", summary.BytesPerRound, "bytes a round, all nodes",
                "FedAvg in float32, parameters down and up for each of 4 clients", FloatBytes(plan)),
            Figure.Alone($"round.{name}.accuracy", summary.AccuracyAfter ?? 0, "share of held-out rows"),
        ];
    }

    private static double FloatBytes(DevnetPlan plan)
    {
        using var model = TorchModel.Open(plan.Recipe, plan.ModelFile is { } path ? File.ReadAllBytes(path) : null);
        return 2.0 * plan.Shards.Count * sizeof(float) * model.ParameterCount;
    }

    private static double Plain(Recipe recipe, List<Shard> shards, int rounds)
    {
        using var model = TorchModel.Open(recipe);
        var parameters = ParameterFloats.FromCanonical(model.InitialParameters());
        PlainRound(model, recipe, shards, parameters, seed: 0);
        var clock = Stopwatch.StartNew();
        for (var round = 1; round <= rounds; round++)
            PlainRound(model, recipe, shards, parameters, (ulong)round);
        return clock.Elapsed.TotalSeconds / rounds;
    }

    private static void PlainRound(TorchModel model, Recipe recipe, List<Shard> shards, float[] parameters, ulong seed)
    {
        var start = ParameterFloats.ToCanonical(parameters);
        foreach (var shard in shards)
        {
            var delta = LocalTraining.Run(model, recipe, start, shard.Training, seed);
            for (var i = 0; i < delta.Length; i++)
                parameters[i] += delta[i] / shards.Count;
        }
        var now = ParameterFloats.ToCanonical(parameters);
        foreach (var shard in shards)
            Inference.Evaluate(model, now, shard.HeldOut);
    }
}

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
        // Half of the plain run comes before and half after: a machine's speed changes from one minute to the next.
        using var plain = new PlainRun(plan.Recipe, plan.Shards.Select(s => s.Shard).ToList());
        var half = ((int)plan.Task.Spec.Rounds + 1) / 2;
        plain.Train(half);
        var summary = await run.Run(stop);
        plain.Train(half);
        // The first round waits for the processes to start.
        var rounds = table.Rows.Where(r => r.Round > 1).Select(r => r.Seconds).Order().ToList();
        var name = plan.Task.Spec.Name;
        return
        [
            Figure.Beside($"round.{name}.seconds", rounds.Average(), "s a round, 4 processes",
                "plain libtorch, the same steps in one process", plain.SecondsPerRound),
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

    /// <summary>Federated averaging by one loop over the parties' rows.</summary>
    private sealed class PlainRun : IDisposable
    {
        private readonly Recipe recipe;
        private readonly List<Shard> shards;
        private readonly TorchModel model;
        private readonly float[] parameters;
        private readonly Stopwatch clock = new();
        private int rounds;

        internal PlainRun(Recipe recipe, List<Shard> shards)
        {
            (this.recipe, this.shards, model) = (recipe, shards, TorchModel.Open(recipe));
            parameters = ParameterFloats.FromCanonical(model.InitialParameters());
            Round(seed: 0);
        }

        internal double SecondsPerRound => clock.Elapsed.TotalSeconds / rounds;

        internal void Train(int more)
        {
            clock.Start();
            for (var last = rounds + more; rounds < last; rounds++)
                Round((ulong)rounds + 1);
            clock.Stop();
        }

        public void Dispose() => model.Dispose();

        private void Round(ulong seed)
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
}

using System.Globalization;
using System.Text;
using Ledger.Learning.Experiments;

namespace Ledger.Node.Cli;

/// <summary>The files of an experiment: a line of CSV for each round of each run, and a picture of the mean accuracy
/// by round and by bytes, a line for each cell. Nothing where no folder was named.</summary>
internal sealed class ExperimentReport(string name, string? folder)
{
    private const string Columns =
        "cell,seed,round,accuracy,loss,bytes,honest_refused,diverged,attackers_pay,backdoor\n";

    private readonly StringBuilder csv = new(Columns);
    private readonly List<(string Label, (double X, double Y)[] ByRound, (double X, double Y)[] ByBytes)> lines = [];

    internal bool AllReached { get; private set; } = true;

    internal void Add(Experiment cell, IReadOnlyList<List<RoundFigures>> runs)
    {
        AllReached &= runs.All(run => run[^1].Accuracy >= cell.Target);
        foreach (var (run, seed) in runs.Zip(cell.Seeds))
            foreach (var round in run)
                csv.Append(CultureInfo.InvariantCulture,
                    $"{cell.Cell},{seed},{round.Round},{round.Accuracy:0.0000},{round.Loss:0.00000},{round.Bytes},"
                    + $"{round.HonestRefused},{round.Diverged},{round.AttackersPay:0.0000},{round.Backdoor:0.0000}\n");
        var rounds = Enumerable.Range(0, runs.Min(run => run.Count))
            .Select(i => (
                Accuracy: runs.Average(run => run[i].Accuracy), Bytes: runs.Average(run => (double)run[i].Bytes)))
            .ToList();
        var bytes = 0.0;
        lines.Add((
            cell.Cell.Length > 0 ? cell.Cell : cell.Name,
            [.. rounds.Select((round, i) => (i + 1.0, round.Accuracy))],
            [.. rounds.Select(round => (bytes += round.Bytes / 1e6, round.Accuracy))]));
    }

    internal void Draw()
    {
        if (folder is null)
            return;
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, $"{name}.csv"), csv.ToString());
        File.WriteAllText(Path.Combine(folder, $"{name}-by-round.svg"),
            LinePlot.Svg(name, "round", [.. lines.Select(line => (line.Label, line.ByRound))]));
        File.WriteAllText(Path.Combine(folder, $"{name}-by-bytes.svg"),
            LinePlot.Svg(name, "MB of updates of all", [.. lines.Select(line => (line.Label, line.ByBytes))]));
    }
}

using System.Globalization;
using Ledger.Learning.Experiments;

namespace Ledger.Node.Cli;

/// <summary>What the runs of one cell came to; with <c>--json</c>, its one line. Rounds to the target are the median
/// of the seeds, null where most did not get there; the other figures are means of the last rounds.</summary>
internal sealed record ExperimentSummary(
    string Experiment, string Cell, int Rounds, double Accuracy, double AccuracyLeast, int? RoundsToTarget,
    double? Target, long BytesPerRound, int Seeds, double HonestRefused, double AttackersPay, double Backdoor,
    double Seconds)
{
    internal static ExperimentSummary Of(Experiment cell, IReadOnlyList<List<RoundFigures>> runs, double seconds)
    {
        var rounds = runs.SelectMany(run => run).ToList();
        var reached = runs.Select(run => run[^1].Accuracy >= cell.Target ? run.Count : int.MaxValue).Order().ToList();
        var median = reached[(reached.Count - 1) / 2];
        return new(
            cell.Name, cell.Cell, runs.Max(run => run.Count), Math.Round(runs.Average(run => run[^1].Accuracy), 4),
            runs.Min(run => run[^1].Accuracy), cell.Target > 0 && median < int.MaxValue ? median : null,
            cell.Target > 0 ? cell.Target : null, (long)rounds.Average(round => round.Bytes), runs.Count,
            Math.Round((double)rounds.Sum(round => round.HonestRefused) / rounds.Sum(round => round.Honest), 4),
            Math.Round(rounds.Average(round => round.AttackersPay), 4),
            Math.Round(runs.Average(run => run[^1].Backdoor), 4), seconds);
    }

    internal string Text() => string.Create(CultureInfo.InvariantCulture,
        $"{(Cell.Length > 0 ? Cell : Experiment)}: accuracy {Accuracy:0.0000} after {Rounds} rounds")
        + (Target is { } target
            ? string.Create(CultureInfo.InvariantCulture, $", {RoundsToTarget?.ToString() ?? "not"} to {target}") : "")
        + string.Create(CultureInfo.InvariantCulture,
            $", honest refused {HonestRefused:0.0%}, attackers' pay {AttackersPay:0.0%}, {Seconds} s");
}

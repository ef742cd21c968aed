using System.CommandLine;
using System.Diagnostics;
using Ledger.Learning.Experiments;

namespace Ledger.Node.Cli;

/// <summary><c>ledger simulate --experiment FILE</c>: many contributors of the real round, with real training, in one
/// process; each run's rounds go to a CSV file, and their accuracies into a picture.</summary>
internal static class Experiments
{
    internal static readonly Option<string?> File = new("--experiment")
    {
        Description = "rounds of learning in one process, as this file describes them, and nothing of the chain",
        HelpName = "FILE",
    };

    internal static readonly Option<string> Data = new("--data")
    {
        Description = "the folder of the data that an experiment names",
        HelpName = "DIR",
        DefaultValueFactory = _ => ".",
    };

    internal static readonly Option<string?> Out = new("--out")
    {
        Description = "where an experiment's CSV and SVG files go",
        HelpName = "DIR",
    };

    internal static int Run(Terminal terminal, ParseResult parsed, string file, CancellationToken stop)
    {
        var name = Path.GetFileNameWithoutExtension(file);
        var cells = Experiment.Read(name, TextFile.Read(file, "those in Learning/Experiments are experiments"));
        var folder = parsed.GetRequiredValue(Data);
        var data = ExperimentData.Open(Path.Combine(folder, cells[0].Data));
        var report = new ExperimentReport(name, parsed.GetValue(Out));
        foreach (var cell in cells)
        {
            var clock = Stopwatch.StartNew();
            var runs = cell.Seeds.Select(seed => RunOne(terminal, cell, data, seed, stop)).ToList();
            report.Add(cell, runs);
            var summary = ExperimentSummary.Of(cell, runs, Math.Round(clock.Elapsed.TotalSeconds, 1));
            terminal.Result(parsed.IsJson(), summary, summary.Text());
        }
        report.Draw();
        return cells.All(cell => cell.Target == 0) || report.AllReached ? ExitCode.Done : ExitCode.Failed;
    }

    private static List<RoundFigures> RunOne(
        Terminal terminal, Experiment cell, ExperimentData data, ulong seed, CancellationToken stop)
    {
        using var run = new ExperimentRun(cell, data, seed, Environment.ProcessorCount);
        var rounds = new List<RoundFigures>();
        foreach (var round in run.Rounds())
        {
            stop.ThrowIfCancellationRequested();
            rounds.Add(round);
            terminal.Error.WriteLine($"{cell.Cell} seed {seed} round {round.Round}: "
                + $"accuracy {round.Accuracy:0.0000}, loss {round.Loss:0.0000}"
                + (round.Diverged > 0 ? $", the training of {round.Diverged} diverged" : ""));
        }
        return rounds;
    }
}

using System.CommandLine;
using Ledger.Node.Http;

namespace Ledger.Node.Cli;

/// <summary><c>ledger task list</c>: every task and how far it is.</summary>
internal static class TaskListCommand
{
    internal static Command Create(Terminal terminal)
    {
        var command = new LedgerCommand("list", "every task, and how far it is", "ledger task list")
        {
            SharedOptions.Home, SharedOptions.Json,
        };
        command.SetAction((parsed, stop) => Run(terminal, parsed, stop));
        return command;
    }

    private static async Task<int> Run(Terminal terminal, ParseResult parsed, CancellationToken stop)
    {
        using var node = RunningNode.Of(parsed);
        var tasks = await node.Get<TaskSummary[]>("tasks", stop);
        terminal.Result(parsed.IsJson(), new { tasks }, TextTable.Of(
            ["task", "id", "phase", "round", "of", "contributors", "accuracy", "parameters"],
            tasks.Select(t =>
                (string[])[t.Name, Figures.Short(t.Id), t.Phase, $"{Math.Min(t.Round, t.Rounds)}", $"{t.Rounds}",
                $"{t.Contributors}",
                Figures.Percent(t.Accuracy), Figures.Short(t.Parameters)])));
        return ExitCode.Done;
    }
}

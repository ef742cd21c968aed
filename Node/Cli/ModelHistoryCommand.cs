using System.CommandLine;

namespace Ledger.Node.Cli;

/// <summary><c>ledger model history</c>: what came out of every round.</summary>
internal static class ModelHistoryCommand
{
    internal static Command Create(Terminal terminal)
    {
        var command = new LedgerCommand("history", "what came out of every round", "ledger model history --task digits")
        {
            SharedOptions.Task, SharedOptions.Home, SharedOptions.Json,
        };
        command.SetAction((parsed, stop) => Run(terminal, parsed, stop));
        return command;
    }

    private static async Task<int> Run(Terminal terminal, ParseResult parsed, CancellationToken stop)
    {
        using var node = RunningNode.Of(parsed);
        var task = await RunningNode.TaskOf(node, parsed, stop);
        terminal.Result(parsed.IsJson(), new { rounds = task.Results }, TextTable.Of(
            ["round", "height", "updates", "paid", "accuracy", "parameters"],
            task.Results.Select(r => (string[])[$"{r.Number}", $"{r.Height}", $"{r.Taken}",
                $"{r.Paid.Aggregate(0UL, (sum, paid) => sum + paid.Reward)}", Figures.Percent(r.Accuracy),
                r.Parameters])));
        return ExitCode.Done;
    }
}

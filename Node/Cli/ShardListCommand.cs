using System.CommandLine;
using Ledger.Node.Http;

namespace Ledger.Node.Cli;

/// <summary><c>ledger shard list</c>: the shards in this home.</summary>
internal static class ShardListCommand
{
    internal static Command Create(Terminal terminal)
    {
        var command = new LedgerCommand("list", "the shards in this home", "ledger shard list")
        {
            SharedOptions.Home, SharedOptions.Json,
        };
        command.SetAction((parsed, stop) => Run(terminal, parsed, stop));
        return command;
    }

    private static async Task<int> Run(Terminal terminal, ParseResult parsed, CancellationToken stop)
    {
        using var node = RunningNode.Of(parsed);
        var shards = await node.Get<ShardView[]>("shards", stop);
        var table = TextTable.Of(["task", "source", "terms", "rows", "validation", "held out", "root"],
            shards.Select(s => (string[])
            [
                s.TaskName ?? Figures.Short(s.Task), s.Source, s.Terms, $"{s.Rows}", $"{s.Validation}",
                $"{s.HeldOut}", s.Root,
            ]));
        terminal.Result(parsed.IsJson(), new { shards }, table);
        return ExitCode.Done;
    }
}

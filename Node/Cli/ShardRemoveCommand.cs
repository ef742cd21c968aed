using System.CommandLine;

namespace Ledger.Node.Cli;

/// <summary><c>ledger shard remove</c>: the node forgets its rows for a task and stops training for it.</summary>
internal static class ShardRemoveCommand
{
    internal static Command Create(Terminal terminal)
    {
        var command = new LedgerCommand("remove", "forget the shard of a task and withdraw it on the chain",
            "ledger shard remove --task digits")
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
        await node.RemoveShard(task.Id, stop);
        terminal.Result(parsed.IsJson(), new RemovedView(task.Id),
            $"removed the shard of task {task.Name}; once a block says so, no round waits for it or takes an update "
                + "of it");
        return ExitCode.Done;
    }

    /// <summary>The task that has no shard here any more.</summary>
    private sealed record RemovedView(string Task);
}

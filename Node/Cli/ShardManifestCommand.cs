using System.CommandLine;
using Ledger.Node.Http;

namespace Ledger.Node.Cli;

/// <summary><c>ledger shard manifest</c>: what a shard was made of, and whether the chain has it so.</summary>
internal static class ShardManifestCommand
{
    internal static Command Create(Terminal terminal)
    {
        var command = new LedgerCommand("manifest",
            "what a shard was made of: one line of JSON, whose digest stands on the chain",
            "ledger shard manifest --task heart")
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
        var view = await node.Get<ManifestView>($"tasks/{task.Id}/shard/manifest", stop);
        terminal.Result(parsed.IsJson(), view, view.Manifest);
        if (!view.OnChain)
            terminal.Error.WriteLine("note: the chain does not have this shard yet, or has another: ledger task show");
        return ExitCode.Done;
    }
}

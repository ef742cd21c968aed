using System.CommandLine;
using Ledger.Node.Http;

namespace Ledger.Node.Cli;

/// <summary><c>ledger chain block</c>: one block and who signed it.</summary>
internal static class ChainBlockCommand
{
    private static readonly Argument<string> Height = new("HEIGHT")
    {
        Description = "a height, counted from 1, or 'latest'",
        DefaultValueFactory = _ => "latest",
    };

    internal static Command Create(Terminal terminal)
    {
        var command = new LedgerCommand("block", "one block, and who signed it", "ledger chain block",
            "ledger chain block 12 --json")
        {
            Height, SharedOptions.Home, SharedOptions.Json,
        };
        command.SetAction((parsed, stop) => Run(terminal, parsed, stop));
        return command;
    }

    private static async Task<int> Run(Terminal terminal, ParseResult parsed, CancellationToken stop)
    {
        using var node = RunningNode.Of(parsed);
        var block = await node.Get<BlockView>($"blocks/{Uri.EscapeDataString(parsed.GetRequiredValue(Height))}", stop);
        terminal.Result(parsed.IsJson(), block, Text(block));
        return ExitCode.Done;
    }

    private static string Text(BlockView block)
    {
        var head = TextTable.Pairs(
            ("height", $"{block.Height}"), ("id", block.Id), ("previous", block.PreviousBlock),
            ("proposer", block.Proposer),
            ("signers", $"{block.Signers}, in round {block.Round}"), ("state root", block.StateRoot),
            ("size", Figures.Bytes((ulong)block.Bytes)));
        var closings = block.Closings.Select(c =>
            $"closes round {c.Round} of task {Figures.Short(c.Task)}: parameters {c.Parameters}");
        var transactions = block.Transactions.Select(t => $"{t.Kind} by {Figures.Short(t.Sender)}: {t.Says}");
        return string.Join('\n', [head, .. closings, .. transactions]);
    }
}

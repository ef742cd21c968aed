using System.CommandLine;
using Ledger.Consensus.State;
using Ledger.Node.Host;
using Ledger.Node.Storage;

namespace Ledger.Node.Cli;

/// <summary><c>ledger rollback</c>: computes the state after the last blocks again, with this program.</summary>
internal static class RollbackCommand
{
    private static readonly Option<ulong> Blocks = new("--blocks")
    {
        Description = "how many blocks to compute again",
        HelpName = "N",
        DefaultValueFactory = _ => 1,
    };

    internal static Command Create(Terminal terminal)
    {
        var command = new LedgerCommand("rollback",
            "compute the state after the last blocks again, once a faulty program has been replaced",
            "ledger rollback --genesis genesis.json --home /var/lib/ledger --blocks 2")
        {
            Blocks, RunCommand.GenesisPath, SharedOptions.Home, SharedOptions.Json,
        };
        command.SetAction(parsed => Run(terminal, parsed));
        return command;
    }

    private static int Run(Terminal terminal, ParseResult parsed)
    {
        var blocks = parsed.GetValue(Blocks);
        if (blocks == 0)
            throw new OperatorException("--blocks is 0", "give at least 1", misuse: true);
        var chain = NodeHost.StoreIn(HomeDirectory.Of(parsed).Path);
        if (!Directory.Exists(chain))
            throw new OperatorException($"no chain at '{chain}'", "name the home of a node that has run with --home");
        var first = FirstState.From(GenesisText.Load(parsed.GetRequiredValue(RunCommand.GenesisPath)));
        try
        {
            using var store = Store.Open(chain, first, out var tip);
            var state = Rollback.Run(store, first, tip, blocks);
            var view = new RollbackView(Math.Min(blocks, tip.Height), state.Height, $"{state.Tree.Root}",
                state.Tree.Root != tip.Tree.Root);
            terminal.Result(parsed.IsJson(), view, TextTable.Pairs(
                ("computed again", $"{view.Blocks} blocks"), ("height", $"{view.Height}"),
                ("state root", view.StateRoot),
                ("the state", view.Changed ? "is another than before" : "is the same")));
        }
        catch (StoreException e)
        {
            throw new OperatorException(e.Message, e.Hint);
        }
        return ExitCode.Done;
    }

    private sealed record RollbackView(ulong Blocks, ulong Height, string StateRoot, bool Changed);
}

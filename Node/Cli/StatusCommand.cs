using System.CommandLine;
using Ledger.Node.Http;

namespace Ledger.Node.Cli;

/// <summary><c>ledger status</c>: how it goes, in one look; with <c>--watch</c> until one has seen enough.</summary>
internal static class StatusCommand
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    // A node that hangs must not leave an old 'ok' on the screen.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly Option<bool> Watch = new("--watch")
    {
        Description = "go on: redraw on a terminal, elsewhere a line for each change; Ctrl-C ends it",
    };

    internal static Command Create(Terminal terminal)
    {
        var command = new LedgerCommand("status", "how it goes: chain, tasks, own stake and reward",
            "ledger status", "ledger status --watch", "ledger status --json")
        {
            Watch, SharedOptions.Home, SharedOptions.Json,
        };
        command.SetAction((parsed, stop) => Run(terminal, parsed, stop));
        return command;
    }

    private static async Task<int> Run(Terminal terminal, ParseResult parsed, CancellationToken stop)
    {
        using var node = RunningNode.Of(parsed);
        if (!parsed.GetValue(Watch))
        {
            var seen = await Look(node, stop);
            terminal.Result(parsed.IsJson(), seen, seen.Text());
            return ExitCode.Done;
        }
        var screen = new StatusScreen(terminal, parsed.IsJson());
        try
        {
            for (; ; await Task.Delay(LookEvery, stop))
                screen.Show(await Look(node, stop));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return ExitCode.Done;
        }
    }

    private static async Task<Overview> Look(NodeClient node, CancellationToken stop)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(Patience);
        try
        {
            return await Overview.Of(node, patience.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new OperatorException($"the node did not answer within {Patience.TotalSeconds:0} s",
                "nothing is known about the chain; see: ledger doctor");
        }
    }
}

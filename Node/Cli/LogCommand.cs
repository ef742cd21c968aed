using System.CommandLine;
using Ledger.Node.Http;
using Ledger.Node.Logging;

namespace Ledger.Node.Cli;

/// <summary><c>ledger log</c>: what a running node logs.</summary>
internal static class LogCommand
{
    private static readonly Argument<string?> Level = new("LEVEL")
    {
        Description = $"one of {LogLevels.Names}; without it the present one is shown",
        Arity = ArgumentArity.ZeroOrOne,
    };

    internal static Command Create(Terminal terminal)
    {
        var level = new LedgerCommand("level", "show or set the least that a running node logs",
            "ledger log level", "ledger log level debug")
        {
            Level, SharedOptions.Home, SharedOptions.Json,
        };
        level.SetAction((parsed, stop) => Run(terminal, parsed, stop));
        return new LedgerCommand("log", "what a running node logs") { level };
    }

    private static async Task<int> Run(Terminal terminal, ParseResult parsed, CancellationToken stop)
    {
        using var node = RunningNode.Of(parsed);
        var view = parsed.GetValue(Level) is { } level
            ? await node.SetLogLevel(LogLevels.NameOf(LogLevels.Parse(level)), stop)
            : await node.Get<LogLevelView>(LogRoutes.Level, stop);
        terminal.Result(parsed.IsJson(), view, view.Level);
        return ExitCode.Done;
    }
}

using System.CommandLine;
using System.Text;

namespace Ledger.Node.Cli;

/// <summary><c>ledger task new</c>: writes a task file with every key explained.</summary>
internal static class TaskNewCommand
{
    private static readonly Option<string> Out = new("--out", "-o")
    {
        Description = "where to write it",
        HelpName = "FILE",
        DefaultValueFactory = _ => "task.json",
    };

    private static readonly TaskOptions Options = new();

    internal static Command Create(Terminal terminal)
    {
        var command = new LedgerCommand("new", "write a task file, every key explained",
            "ledger task new --data heart.csv --label \"num>0\" -o heart.json")
        {
            Out, SharedOptions.Json,
        };
        Options.AddTo(command);
        command.SetAction(parsed => Run(terminal, parsed));
        return command;
    }

    private static int Run(Terminal terminal, ParseResult parsed)
    {
        var path = parsed.GetRequiredValue(Out);
        TextFile.RequireNone(path, "choose another --out");
        TextFile.Write(path, Encoding.UTF8.GetBytes(TaskFile.Write(Options, parsed)));
        terminal.Result(parsed.IsJson(), new { file = path },
            TextTable.Pairs(("file", path), ("next", $"ledger task create {path}")));
        return ExitCode.Done;
    }
}

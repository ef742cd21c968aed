using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Ledger.Node.Cli;

/// <summary>The usual help, and below it the examples of the command.</summary>
internal sealed class ExamplesHelp(SynchronousCommandLineAction usual) : SynchronousCommandLineAction
{
    // Help is asked for in the middle of a command line that is not finished yet.
    public override bool ClearsParseErrors => true;

    /// <summary>Adds the examples to the help of all commands under a root.</summary>
    internal static void AddTo(RootCommand root)
    {
        foreach (var help in root.Options.OfType<HelpOption>())
            if (help.Action is SynchronousCommandLineAction usual)
                help.Action = new ExamplesHelp(usual);
    }

    public override int Invoke(ParseResult parseResult)
    {
        usual.Invoke(parseResult);
        var output = parseResult.InvocationConfiguration.Output;
        output.WriteLine("Examples:");
        foreach (var example in ExamplesOf(parseResult.CommandResult.Command))
            output.WriteLine($"  {example}");
        output.WriteLine();
        return ExitCode.Done;
    }

    // A group of commands shows one example of each.
    private static IEnumerable<string> ExamplesOf(Command command) =>
        command is LedgerCommand { Examples.Count: > 0 } own ? own.Examples
        : command.Subcommands.Where(each => !each.Hidden).SelectMany(each => ExamplesOf(each).Take(1));
}

using System.CommandLine;

namespace Ledger.Node.Cli;

/// <summary>
/// <c>ledger run --config FILE</c>: what one would repeat at each start. Any option of the command may stand in the
/// file; one that is typed wins. Secrets are files of their own.
/// </summary>
internal static class RunConfig
{
    internal static readonly Option<string?> Path = new("--config")
    {
        Description = "JSON with comments whose keys are these options' names; what is typed wins over it",
        HelpName = "FILE",
    };

    // Their values are paths, which are seen from the folder of the file.
    private static readonly string[] Paths =
        ["--genesis", "--home", "--model", "--passphrase-file", "--log-file"];

    /// <summary>The command line with what its file adds to it; unchanged where it names none.</summary>
    internal static string[] Expand(ParseResult parsed, string[] args)
    {
        if (parsed.GetResult(Path) is not { Tokens: [{ Value: var path }, ..] })
            return args;
        var options = parsed.CommandResult.Command.Options
            .Where(option => !option.Hidden && option != Path && option != SharedOptions.Json).ToList();
        var said = OptionFile.Read(path, options,
            (option, value) => Paths.Contains(option.Name) ? OptionFile.From(path, value) : value,
            "see: ledger run --help");
        return [.. args, .. said.Where(each => !IsTyped(parsed, each.Option)).SelectMany(each => each.Words)];
    }

    private static bool IsTyped(ParseResult parsed, Option option) =>
        parsed.GetResult(option) is { Implicit: false };
}

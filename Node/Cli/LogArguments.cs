using System.CommandLine;
using Ledger.Learning.Json;
using Ledger.Node.Logging;

namespace Ledger.Node.Cli;

/// <summary>What <c>ledger run</c> is told about its log.</summary>
internal static class LogArguments
{
    private static readonly string[] Formats = ["text", "json"];

    internal static readonly Option<string> Format = new("--log-format")
    {
        Description = "text for people, or json: one object a line",
        HelpName = "text|json",
        DefaultValueFactory = _ => Formats[0],
    };

    internal static readonly Option<string> Level = new("--log-level")
    {
        Description = "the least that is logged; 'ledger log level' changes it while the node runs",
        HelpName = LogLevels.Names,
        DefaultValueFactory = _ => LogLevels.NameOf(LogOptions.Usual.Level),
    };

    internal static readonly Option<string?> ToFile = new("--log-file")
    {
        Description = $"log to a file instead of standard error; {LogLimits.Files} of {LogLimits.FileBytes >> 20} MiB "
            + "are kept",
        HelpName = "PATH",
    };

    internal static LogOptions In(ParseResult parsed)
    {
        var format = parsed.GetRequiredValue(Format);
        if (!Formats.Contains(format))
            throw new OperatorException(
                $"'{format}' is no log format", Spelling.Suggest(format, Formats), misuse: true);
        return new(LogLevels.Parse(parsed.GetRequiredValue(Level)), format == "json", parsed.GetValue(ToFile));
    }
}

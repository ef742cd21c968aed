using Ledger.Learning.Json;
using Serilog.Events;

namespace Ledger.Node.Logging;

/// <summary>The levels by the names that a person types.</summary>
internal static class LogLevels
{
    private static readonly (string Name, LogEventLevel Level)[] All =
    [
        ("debug", LogEventLevel.Debug), ("info", LogEventLevel.Information), ("warning", LogEventLevel.Warning),
        ("error", LogEventLevel.Error),
    ];

    internal static string Names { get; } = string.Join('|', All.Select(each => each.Name));

    internal static string NameOf(LogEventLevel level) => Array.Find(All, each => each.Level == level).Name;

    /// <exception cref="OperatorException">It is no level.</exception>
    internal static LogEventLevel Parse(string text) =>
        Array.Find(All, each => each.Name == text) is { Name: not null } found
        ? found.Level
        : throw new OperatorException($"'{text}' is no log level",
            Spelling.Suggest(text, [.. All.Select(each => each.Name)]), misuse: true);
}

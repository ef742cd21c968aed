using Serilog.Events;

namespace Ledger.Node.Logging;

/// <summary>What to log, how, and where to: <paramref name="File"/>, or standard error where it is null.</summary>
internal sealed record LogOptions(LogEventLevel Level, bool Json, string? File)
{
    /// <summary>Bytes of a file before the next one is begun.</summary>
    internal long FileBytes { get; init; } = LogLimits.FileBytes;

    /// <summary>What a command logs that was told nothing about it.</summary>
    internal static LogOptions Usual { get; } = new(LogEventLevel.Information, Json: false, File: null);
}

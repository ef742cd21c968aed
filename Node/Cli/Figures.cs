using System.Globalization;

namespace Ledger.Node.Cli;

/// <summary>Numbers as people read them.</summary>
internal static class Figures
{
    internal static string Percent(double? share) =>
        share is { } known ? (100 * known).ToString("0.00", CultureInfo.InvariantCulture) + " %" : "-";

    internal static string Bytes(ulong count) => count switch
    {
        < 10_000 => $"{count} B",
        < 10_000_000 => string.Create(CultureInfo.InvariantCulture, $"{count / 1e3:0.#} kB"),
        < 10_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{count / 1e6:0.#} MB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{count / 1e9:0.#} GB"),
    };

    internal static string Seconds(ulong milliseconds) =>
        string.Create(CultureInfo.InvariantCulture, $"{milliseconds / 1e3:0.0} s");

    /// <summary>Unix milliseconds as UTC, to the second.</summary>
    internal static string Time(ulong milliseconds) =>
        DateTimeOffset.FromUnixTimeMilliseconds((long)Math.Min(milliseconds, Consensus.Codec.Limits.TimeMax))
            .ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>The first letters of a digest or an address: enough to tell two apart on a screen.</summary>
    internal static string Short(string id) => id.StartsWith("led1", StringComparison.Ordinal) ? id[..12] : id[..8];
}

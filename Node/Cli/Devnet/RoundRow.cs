using System.Globalization;
using Ledger.Node.Http;

namespace Ledger.Node.Cli.Devnet;

/// <summary>A round as the table shows it. Bytes are UDP payload sent by all nodes while it ran.</summary>
internal sealed record RoundRow(
    uint Round, ulong Height, int Contributors, ulong Correct, ulong Total, ulong Bytes, double Seconds,
    string Parameters)
{
    internal static readonly string[] Header =
        ["round", "height", "contributors", "accuracy", "sent", "seconds", "parameters"];

    internal double? Accuracy => Total == 0 ? null : (double)Correct / Total;

    internal static RoundRow Of(RoundView round, ulong bytes, double seconds) => new(
        round.Number, round.Height, round.Taken, round.Correct, round.Total, bytes, seconds, round.Parameters);

    internal string[] Fields() =>
    [
        $"{Round}", $"{Height}", $"{Contributors}", Figures.Percent(Accuracy), Figures.Bytes(Bytes),
        Seconds.ToString("0.0", CultureInfo.InvariantCulture), Figures.Short(Parameters),
    ];
}

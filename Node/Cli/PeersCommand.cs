using System.CommandLine;
using Ledger.Node.Http;

namespace Ledger.Node.Cli;

/// <summary><c>ledger peers</c>: who the node is connected to.</summary>
internal static class PeersCommand
{
    internal static Command Create(Terminal terminal)
    {
        var command = new LedgerCommand("peers", "who the node is connected to", "ledger peers")
        {
            SharedOptions.Home, SharedOptions.Json,
        };
        command.SetAction((parsed, stop) => Run(terminal, parsed, stop));
        return command;
    }

    private static async Task<int> Run(Terminal terminal, ParseResult parsed, CancellationToken stop)
    {
        using var node = RunningNode.Of(parsed);
        var peers = await node.Get<PeerView[]>("peers", stop);
        var downloads = (await node.Get<StatusView>("status", stop)).Downloads;
        terminal.Result(parsed.IsJson(), new { peers, downloads }, TextTable.Of(
            ["peer", "address", "direction", "height", "rtt ms", "in", "out", "lost"],
            peers.Select(p =>
                (string[])[p.Id[..13], p.Address, p.Inbound ? "in" : "out", $"{p.Height}", $"{p.RoundTrip}",
                Figures.Bytes(p.BytesIn), Figures.Bytes(p.BytesOut), $"{p.PacketsLost}"]))
            + string.Concat(downloads.Select(Line)));
        return ExitCode.Done;
    }

    private static string Line(DownloadView blob) => blob.Length == 0
        ? $"\nblob {Figures.Short(blob.Blob)}: nobody has it yet"
        : $"\nblob {Figures.Short(blob.Blob)}: {Figures.Bytes((ulong)blob.Here)} of "
            + $"{Figures.Bytes((ulong)blob.Length)} from {blob.Sources} peers";
}

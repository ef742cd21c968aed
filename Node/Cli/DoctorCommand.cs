using System.CommandLine;
using Ledger.Consensus.Chain;
using Ledger.Node.Cli.Doctor;
using Ledger.Node.Http;

namespace Ledger.Node.Cli;

/// <summary><c>ledger doctor</c>: whether a node can run here, and runs well; changes nothing.</summary>
internal static class DoctorCommand
{
    private static readonly Option<string?> GenesisPath = new("--genesis")
    {
        Description = "the network's genesis file, to check it and whether the home belongs to it",
        HelpName = "FILE",
    };

    private static readonly Option<string?> Listen = new("--listen")
    {
        Description = "where the node is to take datagrams; 127.0.0.1:9470 where there is none",
        HelpName = "ADDR:PORT",
    };

    private static readonly Option<string?> WebAddress = new("--api")
    {
        Description = "where the node is to serve HTTP",
        HelpName = "ADDR:PORT",
    };

    internal static Command Create(Terminal terminal)
    {
        var command = new LedgerCommand("doctor", "whether a node can run here, and runs well",
            "ledger doctor", "ledger doctor --genesis genesis.json --listen 0.0.0.0:9470 --api 127.0.0.1:9480")
        {
            SharedOptions.Home, GenesisPath, Listen, WebAddress, SharedOptions.Json,
        };
        command.SetAction((parsed, stop) => Run(terminal, parsed, stop));
        return command;
    }

    private static async Task<int> Run(Terminal terminal, ParseResult parsed, CancellationToken stop)
    {
        var findings = await Examine(parsed, stop);
        var (failed, doubtful) = (Count(findings, Finding.HasFailed), Count(findings, Finding.IsDoubtful));
        var width = findings.Max(finding => finding.Check.Length);
        terminal.Result(parsed.IsJson(), new DoctorView(failed, doubtful, findings), string.Join('\n',
            [.. findings.Select(finding => finding.Line(width)),
            $"{findings.Count} checks, {failed} failed, {doubtful} doubtful"]));
        return failed == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    private static async Task<List<Finding>> Examine(ParseResult parsed, CancellationToken stop)
    {
        var home = HomeDirectory.Of(parsed);
        var listen = parsed.GetValue(Listen) is { } text
            ? Arguments.EndPoint(Listen.Name, text)
            : DevNetwork.Listen(null);
        var web = parsed.GetValue(WebAddress) is { } address ? Arguments.EndPoint(WebAddress.Name, address) : null;
        var genesis = parsed.GetValue(GenesisPath) is { } path ? GenesisCheck.Of(path, home) : default;
        var (status, block, silence) = await NodeCheck.Ask(home.Path, stop);
        if (status is not null && parsed.GetValue(Listen) is null)
            listen = Arguments.EndPoint(Listen.Name, status.Listen);
        return
        [
            .. LibraryCheck.All(),
            HomeCheck.Directory(home.Path), HomeCheck.Disk(home.Path),
            .. KeyCheck.All(home),
            .. genesis.Finding is { } finding ? (Finding[])[finding] : [],
            await ClockCheck.Own(stop),
            PortCheck.SocketBuffers(), PortCheck.Datagrams(listen, status?.Listen),
            // A node that runs may be the one that serves there, and does not say so.
            .. web is not null && status is null ? (Finding[])[PortCheck.Api(web)] : [],
            .. silence is not null ? [silence] : NodeCheck.Of(status!),
            .. block is null ? (Finding[])[] : [Clocks(status!, block, genesis.Genesis)],
        ];
    }

    private static Finding Clocks(StatusView status, BlockView block, Genesis? genesis) => ClockCheck.Peers(status,
        block, (ulong)TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(), genesis?.Parameters ?? new());

    private static int Count(List<Finding> findings, string verdict) =>
        findings.Count(finding => finding.Verdict == verdict);

    /// <summary>All that was found; nothing is wrong where none failed.</summary>
    private sealed record DoctorView(int Failed, int Doubtful, IReadOnlyList<Finding> Checks);
}

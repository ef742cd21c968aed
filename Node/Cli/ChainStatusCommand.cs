using System.CommandLine;
using Ledger.Node.Http;

namespace Ledger.Node.Cli;

/// <summary><c>ledger chain status</c>: whether the chain moves, and where it is.</summary>
internal static class ChainStatusCommand
{
    internal static Command Create(Terminal terminal)
    {
        var command = new LedgerCommand("status", "height, health, peers",
            "ledger chain status", "ledger chain status --json")
        {
            SharedOptions.Home, SharedOptions.Json,
        };
        command.SetAction((parsed, stop) => Run(terminal, parsed, stop));
        return command;
    }

    internal static string Text(StatusView status) => TextTable.Pairs([
        ("network", $"{status.Network} ({Figures.Short(status.Chain)})"),
        ("health", status.Stall is { } stall ? $"{status.Health}: {Missing(stall)}" : status.Health),
        ("height", status.Syncing ? $"{status.Height} of {status.BestPeerHeight}" : $"{status.Height}"),
        ("last commit", status is { CommitAge: { } age, Height: > 0 } ? $"{Figures.Seconds(age)} ago"
            : "none since the node started"),
        ("next block", $"round {status.Round}, {status.Step}"),
        ("validators", Validators(status)),
        ("peers", $"{status.Peers}"),
        ("traffic", $"{Figures.Bytes(status.BytesIn)} in, {Figures.Bytes(status.BytesOut)} out"),
        ("pool", $"{status.PoolTransactions} transactions"),
        ("training", status.Training is { } t ? $"round {t.Round}: {t.Activity} {t.Progress}/{t.Of}" : "idle"),
        ("address", status.Address),
        ("peer", $"{status.Peer}@{status.Listen}"),
        .. status.StopsBefore is { } height
            ? ((string, string)[])[("upgrade", $"this program stops before block {height}: install the new version")]
            : [],
    ]);

    internal static string Missing(StallView stall) => stall.Heard < stall.Needed
        ? $"votes of {stall.Heard} of {stall.Stake} stake heard, {stall.Needed} needed; silent: "
            + string.Join(", ", stall.Silent)
        : $"votes of {stall.Heard} of {stall.Stake} stake heard, which is enough: the round goes on";

    private static string Validators(StatusView status)
    {
        var jailed = status.Jailed.Count == 0 ? "" : $", jailed: {string.Join(", ", status.Jailed)}";
        var gone = status.Tombstoned.Count == 0 ? "" : $", shut out: {string.Join(", ", status.Tombstoned)}";
        return $"{status.Validators}{jailed}{gone}";
    }

    private static async Task<int> Run(Terminal terminal, ParseResult parsed, CancellationToken stop)
    {
        using var node = RunningNode.Of(parsed);
        var status = await node.Get<StatusView>("status", stop);
        terminal.Result(parsed.IsJson(), status, Text(status));
        return ExitCode.Done;
    }
}

using System.CommandLine;
using Ledger.Node.Http;

namespace Ledger.Node.Cli;

/// <summary><c>ledger chain rules</c>: what holds on the chain, what will, and what validators vote for.</summary>
internal static class ChainRulesCommand
{
    internal static Command Create(Terminal terminal)
    {
        var command = new LedgerCommand("rules", "the chain's parameters and version, and the amendments to them",
            "ledger chain rules", "ledger chain rules --json")
        {
            SharedOptions.Home, SharedOptions.Json,
        };
        command.SetAction((parsed, stop) => Run(terminal, parsed, stop));
        return command;
    }

    private static async Task<int> Run(Terminal terminal, ParseResult parsed, CancellationToken stop)
    {
        using var node = RunningNode.Of(parsed);
        var rules = await node.Get<RulesView>("rules", stop);
        terminal.Result(parsed.IsJson(), rules, Text(rules));
        return ExitCode.Done;
    }

    private static string Text(RulesView rules)
    {
        var holds = TextTable.Pairs([
            ("protocol version", $"{rules.Version}{(rules.Version == rules.Knows ? "" : $" (knows {rules.Knows})")}"),
            .. rules.Parameters.Select(each => (each.Key, $"{each.Value}")),
        ]);
        var scheduled = rules.Scheduled is { } due
            ? $"\nscheduled: {Says(due, rules)}{(due.Version > rules.Knows ? "; this program will stop there" : "")}"
            : "";
        var open = rules.Votes.Select(each =>
            $"\nvoted for: {Says(each, rules)}; {each.Stake} of {rules.Quorum} stake needed, by "
            + string.Join(", ", each.Validators.Select(Figures.Short)));
        return $"{holds}{scheduled}{string.Concat(open)}";
    }

    private static string Says(AmendmentView amendment, RulesView rules)
    {
        IEnumerable<string> changes =
        [
            .. amendment.Version == rules.Version ? [] : (string[])[$"protocol version {amendment.Version}"],
            .. amendment.Parameters.Select(each => $"{each.Key} {each.Value}"),
        ];
        return $"from block {amendment.Height} on {(changes.Any() ? string.Join(", ", changes) : "nothing else")}";
    }
}

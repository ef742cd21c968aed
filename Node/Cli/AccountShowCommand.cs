using System.CommandLine;
using Ledger.Node.Http;

namespace Ledger.Node.Cli;

/// <summary><c>ledger account show</c>: what an address owns.</summary>
internal static class AccountShowCommand
{
    private static readonly Argument<string?> Address = new("ADDRESS")
    {
        Description = "an address; the node's own where there is none",
        Arity = ArgumentArity.ZeroOrOne,
    };

    internal static Command Create(Terminal terminal)
    {
        var command = new LedgerCommand("show", "what an address owns",
            "ledger account show", "ledger account show led1… --json")
        {
            Address, SharedOptions.Home, SharedOptions.Json,
        };
        command.SetAction((parsed, stop) => Run(terminal, parsed, stop));
        return command;
    }

    private static async Task<int> Run(Terminal terminal, ParseResult parsed, CancellationToken stop)
    {
        using var node = RunningNode.Of(parsed);
        var address = parsed.GetValue(Address) is { } text
            ? Arguments.Address(text)
            : (await node.Get<StatusView>("status", stop)).Address;
        var account = await node.Get<AccountView>($"accounts/{address}", stop);
        terminal.Result(parsed.IsJson(), account, TextTable.Pairs(
            ("address", account.Address), ("balance", $"{account.Balance}"), ("stake", $"{account.Stake}"),
            ("unbonding", $"{account.Unbonding}"), ("validator", Standing(account)),
            ("nonce", $"{account.Nonce}")));
        return ExitCode.Done;
    }

    internal static string Standing(AccountView account) => account switch
    {
        { Tombstoned: true } => "never again: it has contradicted itself",
        { JailedUntil: { } until } =>
            $"jailed for missing blocks; from {Figures.Time(until)} on: ledger account unjail",
        { RotatedTo: { } to, Validator: false } => $"no: its stake went to {to}",
        { RotatedTo: { } to } => $"until its power of {account.Power} has gone over to {to}",
        { Validator: false } => "no",
        { Missed: 0 } => $"yes, with a power of {account.Power}",
        _ => $"yes, with a power of {account.Power}; missing for {account.Missed} blocks",
    };
}

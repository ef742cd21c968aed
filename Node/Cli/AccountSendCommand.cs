using System.CommandLine;

namespace Ledger.Node.Cli;

/// <summary><c>ledger account send</c>: tokens of the node's account to somebody.</summary>
internal static class AccountSendCommand
{
    private static readonly Argument<string> To = new("ADDRESS") { Description = "who gets them" };

    internal static Command Create(Terminal terminal)
    {
        var command = new LedgerCommand("send", "send tokens of the node's account", "ledger account send led1… 250")
        {
            To, AccountCommand.Amount, SharedOptions.Fee, SharedOptions.Home, SharedOptions.Json,
        };
        command.SetAction((parsed, stop) => RunningNode.Submit(terminal, parsed,
            new("transfer", Arguments.Address(parsed.GetRequiredValue(To)), parsed.GetValue(AccountCommand.Amount),
                parsed.GetValue(SharedOptions.Fee)), stop));
        return command;
    }
}

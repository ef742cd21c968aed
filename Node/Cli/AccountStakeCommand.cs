using System.CommandLine;

namespace Ledger.Node.Cli;

/// <summary><c>ledger account stake</c>: tokens from the balance to the stake, which votes.</summary>
internal static class AccountStakeCommand
{
    internal static Command Create(Terminal terminal)
    {
        var command = new LedgerCommand("stake", "move tokens into the stake of the node's account",
            "ledger account stake 1000")
        {
            AccountCommand.Amount, SharedOptions.Fee, SharedOptions.Home, SharedOptions.Json,
        };
        command.SetAction((parsed, stop) => RunningNode.Submit(terminal, parsed,
            new("stake", null, parsed.GetValue(AccountCommand.Amount), parsed.GetValue(SharedOptions.Fee)), stop));
        return command;
    }
}

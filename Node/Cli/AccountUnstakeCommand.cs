using System.CommandLine;

namespace Ledger.Node.Cli;

/// <summary><c>ledger account unstake</c>: tokens from the stake back to the balance, after the unbonding
/// time.</summary>
internal static class AccountUnstakeCommand
{
    internal static Command Create(Terminal terminal)
    {
        var command = new LedgerCommand("unstake", "take tokens out of the stake; free after the unbonding time",
            "ledger account unstake 1000")
        {
            AccountCommand.Amount, SharedOptions.Fee, SharedOptions.Home, SharedOptions.Json,
        };
        command.SetAction((parsed, stop) => RunningNode.Submit(terminal, parsed,
            new("unstake", null, parsed.GetValue(AccountCommand.Amount), parsed.GetValue(SharedOptions.Fee)), stop));
        return command;
    }
}

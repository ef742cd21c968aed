using System.CommandLine;

namespace Ledger.Node.Cli;

/// <summary><c>ledger account unjail</c>: back among the validators after the time in jail.</summary>
internal static class AccountUnjailCommand
{
    internal static Command Create(Terminal terminal)
    {
        var command = new LedgerCommand("unjail", "vote again after the time in jail is over", "ledger account unjail")
        {
            SharedOptions.Fee, SharedOptions.Home, SharedOptions.Json,
        };
        command.SetAction((parsed, stop) => RunningNode.Submit(terminal, parsed,
            new("unjail", null, Amount: 0, parsed.GetValue(SharedOptions.Fee)), stop));
        return command;
    }
}

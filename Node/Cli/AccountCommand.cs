using System.CommandLine;

namespace Ledger.Node.Cli;

/// <summary><c>ledger account</c>: tokens and stake.</summary>
internal static class AccountCommand
{
    internal static readonly Argument<ulong> Amount = new("TOKENS") { Description = "whole tokens" };

    internal static Command Create(Terminal terminal) => new LedgerCommand("account", "tokens and stake")
    {
        AccountShowCommand.Create(terminal),
        AccountSendCommand.Create(terminal),
        AccountStakeCommand.Create(terminal),
        AccountUnstakeCommand.Create(terminal),
        AccountUnjailCommand.Create(terminal),
        AccountRotateCommand.Create(terminal),
    };
}

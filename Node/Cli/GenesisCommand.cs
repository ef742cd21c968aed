using System.CommandLine;

namespace Ledger.Node.Cli;

/// <summary><c>ledger genesis</c>: the file that a network starts from.</summary>
internal static class GenesisCommand
{
    internal static readonly Argument<string> File = new("FILE") { Description = "a genesis file" };

    internal static Command Create(Terminal terminal) =>
        new LedgerCommand("genesis", "the file that a network starts from")
    {
        GenesisNewCommand.Create(terminal),
        GenesisCheckCommand.Create(terminal),
        GenesisHashCommand.Create(terminal),
    };
}

using System.CommandLine;

namespace Ledger.Node.Cli;

/// <summary><c>ledger chain</c>: the chain as the node in the home knows it.</summary>
internal static class ChainCommand
{
    internal static Command Create(Terminal terminal) =>
        new LedgerCommand("chain", "the chain: its health, its blocks, its rules, and proofs of what it says")
    {
        ChainStatusCommand.Create(terminal),
        ChainBlockCommand.Create(terminal),
        ChainProofCommand.Create(terminal),
        ChainVerifyCommand.Create(terminal),
        ChainRulesCommand.Create(terminal),
        ChainAmendCommand.Create(terminal),
    };
}

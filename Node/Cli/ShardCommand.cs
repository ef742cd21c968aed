using System.CommandLine;

namespace Ledger.Node.Cli;

/// <summary><c>ledger shard</c>: local data. Rows never leave the machine; the chain sees a Merkle root and
/// counts.</summary>
internal static class ShardCommand
{
    internal static Command Create(Terminal terminal) =>
        new LedgerCommand("shard", "local data to train on; its rows never leave the machine")
    {
        ShardAddCommand.Create(terminal),
        ShardListCommand.Create(terminal),
        ShardManifestCommand.Create(terminal),
        ShardRemoveCommand.Create(terminal),
    };
}

using System.CommandLine;

namespace Ledger.Node.Cli;

/// <summary><c>ledger genesis hash</c>: the chain id, which every signature and every handshake is bound to.</summary>
internal static class GenesisHashCommand
{
    internal static Command Create(Terminal terminal)
    {
        var command = new LedgerCommand("hash", "print the chain id", "ledger genesis hash genesis.json")
        {
            GenesisCommand.File, SharedOptions.Json,
        };
        command.SetAction(parsed => Run(terminal, parsed));
        return command;
    }

    private static int Run(Terminal terminal, ParseResult parsed)
    {
        var chain = GenesisText.Load(parsed.GetRequiredValue(GenesisCommand.File)).Digest().ToString();
        terminal.Result(parsed.IsJson(), new ChainView(chain), chain);
        return ExitCode.Done;
    }

    /// <summary>The network's name among machines.</summary>
    private sealed record ChainView(string Chain);
}

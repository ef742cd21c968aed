using System.CommandLine;

namespace Ledger.Node.Cli;

/// <summary><c>ledger genesis check</c>: whether a network can start from a file.</summary>
internal static class GenesisCheckCommand
{
    internal static Command Create(Terminal terminal)
    {
        var command = new LedgerCommand("check", "whether a network can start from a file",
            "ledger genesis check genesis.json")
        {
            GenesisCommand.File, SharedOptions.Json,
        };
        command.SetAction(parsed => Run(terminal, parsed));
        return command;
    }

    private static int Run(Terminal terminal, ParseResult parsed)
    {
        var genesis = GenesisText.Load(parsed.GetRequiredValue(GenesisCommand.File));
        var stake = genesis.Validators.Aggregate(0UL, (sum, validator) => sum + validator.Stake);
        var view = new CheckView(true, genesis.Name, genesis.Digest().ToString(), genesis.Validators.Length, stake,
            genesis.Tasks.Length);
        terminal.Result(parsed.IsJson(), view, $"ok {view.Chain}\n"
            + $"{view.Network}: {view.Validators} validators with {view.Stake} staked, {view.Tasks} tasks");
        return ExitCode.Done;
    }

    /// <summary>What was found good.</summary>
    private sealed record CheckView(bool Ok, string Network, string Chain, int Validators, ulong Stake, int Tasks);
}

using System.CommandLine;

namespace Ledger.Node.Cli;

/// <summary><c>ledger keys show</c>: address and peer id of the key in the home. Needs no passphrase.</summary>
internal static class KeysShowCommand
{
    internal static Command Create(Terminal terminal)
    {
        var command = new LedgerCommand("show", "address and peer id of the key",
            "ledger keys show", "ledger keys show --dev 0 --json")
        {
            SharedOptions.Home, SharedOptions.Dev, SharedOptions.Json,
        };
        command.SetAction(parsed => Run(terminal, parsed));
        return command;
    }

    private static int Run(Terminal terminal, ParseResult parsed)
    {
        if (parsed.GetValue(SharedOptions.Dev) is { } number)
        {
            using var key = DevKey.Of(number);
            DevKey.Warn(terminal, number);
            KeysCommand.Show(terminal, parsed, KeyFile.Of(key, passphrase: null), path: null);
            return ExitCode.Done;
        }
        var path = HomeDirectory.Of(parsed).KeyFile;
        KeysCommand.Show(terminal, parsed, KeyFile.Read(path), path);
        return ExitCode.Done;
    }
}

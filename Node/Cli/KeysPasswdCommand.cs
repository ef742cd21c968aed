using System.CommandLine;

namespace Ledger.Node.Cli;

/// <summary><c>ledger keys passwd</c>: another passphrase for the key in the home, the first one, or none.</summary>
internal static class KeysPasswdCommand
{
    private static readonly Option<string> NewFromFile = new("--new-passphrase-file")
    {
        Description = "read the new passphrase from the first line of a file (else ask)",
        HelpName = "FILE",
    };

    internal static Command Create(Terminal terminal)
    {
        var command = new LedgerCommand("passwd", "change the passphrase of the key in the home", "ledger keys passwd",
            "ledger keys passwd --passphrase-file old.txt --new-passphrase-file new.txt")
        {
            SharedOptions.Home, Passphrase.FromFile, NewFromFile, Passphrase.None, SharedOptions.Json,
        };
        command.SetAction(parsed => Run(terminal, parsed));
        return command;
    }

    private static int Run(Terminal terminal, ParseResult parsed)
    {
        var path = HomeDirectory.Of(parsed).KeyFile;
        using var key = KeyFile.Read(path).Open(path, () => Passphrase.Existing(terminal, parsed));
        var file = KeyFile.Of(key, Passphrase.Next(terminal, parsed, NewFromFile));
        file.Replace(path);
        KeysCommand.Show(terminal, parsed, file, path);
        return ExitCode.Done;
    }
}

using System.CommandLine;
using System.Security.Cryptography;

namespace Ledger.Node.Cli;

/// <summary><c>ledger keys export</c>: the secret itself, for a copy in a safe place.</summary>
internal static class KeysExportCommand
{
    internal static Command Create(Terminal terminal)
    {
        var command = new LedgerCommand("export", "print the secret key: 64 hexadecimal digits",
            "ledger keys export > key.txt")
        {
            SharedOptions.Home, SharedOptions.Dev, Passphrase.FromFile, SharedOptions.Json,
        };
        command.SetAction(parsed => Run(terminal, parsed));
        return command;
    }

    private static int Run(Terminal terminal, ParseResult parsed)
    {
        using var key = NodeKey.Open(terminal, parsed);
        terminal.Error.WriteLine("warning: whoever sees this can spend and vote in your name");
        var secret = key.Export();
        var text = Convert.ToHexStringLower(secret);
        CryptographicOperations.ZeroMemory(secret);
        terminal.Result(parsed.IsJson(), new SecretView(text), text);
        return ExitCode.Done;
    }

    /// <summary>The secret, for other programs.</summary>
    private sealed record SecretView(string Secret);
}

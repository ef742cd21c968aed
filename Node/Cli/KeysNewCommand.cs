using System.CommandLine;
using System.Security.Cryptography;
using Ledger.Consensus.Crypto;

namespace Ledger.Node.Cli;

/// <summary><c>ledger keys new</c>: a fresh key in the home.</summary>
internal static class KeysNewCommand
{
    internal static Command Create(Terminal terminal)
    {
        var command = new LedgerCommand("new", "make a validator and account key in the home",
            "ledger keys new", "ledger keys new --home /srv/ledger --passphrase-file secret.txt",
            "ledger keys new --home try --no-passphrase")
        {
            SharedOptions.Home, Passphrase.FromFile, Passphrase.None, SharedOptions.Json,
        };
        command.SetAction(parsed => Run(terminal, parsed));
        return command;
    }

    private static int Run(Terminal terminal, ParseResult parsed)
    {
        using var key = Fresh();
        KeysCommand.Keep(terminal, parsed, key);
        HomeDirectory.Of(parsed).NoteFreshKey();
        return ExitCode.Done;
    }

    /// <summary>A key from the system's randomness.</summary>
    internal static SecretKey Fresh()
    {
        // All but 1 in 2^128 of the strings are keys.
        while (true)
            if (SecretKey.From(RandomNumberGenerator.GetBytes(SecretKey.Size)) is { } key)
                return key;
    }
}

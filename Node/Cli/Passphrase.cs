using System.CommandLine;

namespace Ledger.Node.Cli;

/// <summary>Where the passphrase of a key file comes from: a file, the environment, or a person.</summary>
internal static class Passphrase
{
    private const string Variable = "LEDGER_PASSPHRASE";
    private const string Ways = "give --passphrase-file FILE, set LEDGER_PASSPHRASE, or run on a terminal";

    internal static readonly Option<string> FromFile = new("--passphrase-file")
    {
        Description = "read the passphrase from the first line of a file (else LEDGER_PASSPHRASE, else ask)",
        HelpName = "FILE",
    };

    internal static readonly Option<bool> None = new("--no-passphrase")
    {
        Description = "keep the secret readable, in a file that only you may read",
    };

    /// <summary>The passphrase of an existing key.</summary>
    internal static string Existing(Terminal terminal, ParseResult parsed) =>
        Given(parsed) ?? (terminal.IsInteractive
            ? terminal.AskSecret("passphrase: ")
            : throw new OperatorException("the key is encrypted and there is no passphrase", Ways));

    /// <summary>The passphrase for a new key, or null where none is wanted.</summary>
    internal static string? New(Terminal terminal, ParseResult parsed) =>
        parsed.GetValue(None) ? null
        : Given(parsed) ?? (terminal.IsInteractive
            ? AskTwice(terminal)
            : throw new OperatorException("no passphrase for the new key", $"{Ways}, or take --no-passphrase"));

    /// <summary>The passphrase that is to replace another, or null where none is wanted.</summary>
    internal static string? Next(Terminal terminal, ParseResult parsed, Option<string> file) =>
        parsed.GetValue(None) ? null
        : parsed.GetValue(file) is { } path ? FirstLine(path)
        : terminal.IsInteractive ? AskTwice(terminal)
        : throw new OperatorException("no new passphrase for the key",
            $"give {file.Name} FILE, run on a terminal, or take --no-passphrase");

    private static string AskTwice(Terminal terminal)
    {
        var typed = terminal.AskSecret("new passphrase: ");
        if (typed.Length == 0)
            throw new OperatorException("the passphrase is empty", "type one, or take --no-passphrase");
        return terminal.AskSecret("once more: ") == typed
            ? typed
            : throw new OperatorException("the two passphrases differ", "try again");
    }

    private static string? Given(ParseResult parsed)
    {
        if (parsed.GetValue(FromFile) is not { } path)
            return Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } passphrase ? passphrase : null;
        return FirstLine(path);
    }

    private static string FirstLine(string path)
    {
        var line = TextFile.Read(path, "the passphrase is its first line").Split('\n')[0].TrimEnd('\r');
        return line.Length > 0
            ? line
            : throw new OperatorException($"the first line of '{path}' is empty", "the passphrase is its first line");
    }
}

using System.CommandLine;
using Ledger.Consensus.Crypto;

namespace Ledger.Node.Cli;

/// <summary><c>ledger keys import</c>: a secret that was exported, into another home.</summary>
internal static class KeysImportCommand
{
    private const string Hint = "a secret is 64 hexadecimal digits, as 'ledger keys export' prints them";

    private static readonly Argument<string> Source =
        new("FILE") { Description = "a file with the secret, or - for standard input" };

    internal static Command Create(Terminal terminal)
    {
        var command = new LedgerCommand("import", "put an exported secret into the home", "ledger keys import key.txt",
            "ledger keys export --home a | ledger keys import - --home b --no-passphrase")
        {
            Source, SharedOptions.Home, Passphrase.FromFile, Passphrase.None, SharedOptions.Json,
        };
        command.SetAction(parsed => Run(terminal, parsed));
        return command;
    }

    private static int Run(Terminal terminal, ParseResult parsed)
    {
        var path = parsed.GetRequiredValue(Source);
        var text = (path == "-" ? terminal.Input.ReadLine() ?? "" : TextFile.Read(path, Hint)).Trim();
        var bytes = new byte[SecretKey.Size];
        var read = Convert.FromHexString(text, bytes, out _, out var written);
        using var key = text.Length == 2 * SecretKey.Size && read == System.Buffers.OperationStatus.Done
            && written == bytes.Length
            ? SecretKey.From(bytes)
            : null;
        if (key is null)
            throw new OperatorException($"'{path}' holds no secret key", Hint);
        KeysCommand.Keep(terminal, parsed, key);
        return ExitCode.Done;
    }
}

using System.CommandLine;
using Ledger.Consensus.Crypto;

namespace Ledger.Node.Cli;

/// <summary><c>ledger keys</c>: validator and account keys.</summary>
internal static class KeysCommand
{
    internal static Command Create(Terminal terminal) => new LedgerCommand("keys", "validator and account keys")
    {
        KeysNewCommand.Create(terminal),
        KeysShowCommand.Create(terminal),
        KeysExportCommand.Create(terminal),
        KeysImportCommand.Create(terminal),
        KeysPasswdCommand.Create(terminal),
    };

    /// <summary>Puts a key into the home and says whose it is.</summary>
    internal static void Keep(Terminal terminal, ParseResult parsed, SecretKey key)
    {
        var home = HomeDirectory.Of(parsed);
        home.Create();
        if (File.Exists(home.KeyFile))
            throw new OperatorException($"there is a key already: '{home.KeyFile}'",
                "a key is never overwritten; take another --home, or move the file");
        var file = KeyFile.Of(key, Passphrase.New(terminal, parsed));
        file.WriteNew(home.KeyFile);
        Show(terminal, parsed, file, home.KeyFile);
    }

    internal static void Show(Terminal terminal, ParseResult parsed, KeyFile file, string? path) =>
        terminal.Result(parsed.IsJson(), new KeyView(file.Address, file.Peer, path, file.Encrypted is not null),
            $"address  {file.Address}\npeer     {file.Peer}" + (path is null ? "" : $"\nfile     {path}"));

    /// <summary>Whose a key is; never the secret.</summary>
    private sealed record KeyView(string Address, string Peer, string? File, bool Encrypted);
}

using System.CommandLine;

namespace Ledger.Node.Cli;

/// <summary><c>ledger backup</c> and <c>ledger restore</c>: a home's key and data as one file, and back.</summary>
internal static class BackupCommand
{
    private static readonly Option<string> Out = new("--out", "-o")
    {
        Description = "the file to write; an existing one is never overwritten",
        HelpName = "FILE",
        Required = true,
    };

    private static readonly Argument<string> Source = new("FILE") { Description = "what 'ledger backup' has written" };

    internal static Command Create(Terminal terminal)
    {
        var command = new LedgerCommand("backup", "put the home's key and data into one file, while a node runs or not",
            "ledger backup -o ledger-backup.tgz --home /var/lib/ledger")
        {
            Out, SharedOptions.Home, SharedOptions.Json,
        };
        command.SetAction(parsed => Backup(terminal, parsed));
        return command;
    }

    internal static Command CreateRestore(Terminal terminal)
    {
        var command = new LedgerCommand("restore", "make a home of a backup; its key pays and follows, but never votes",
            "ledger restore ledger-backup.tgz --home /srv/restored")
        {
            Source, SharedOptions.Home, SharedOptions.Json,
        };
        command.SetAction(parsed => Restore(terminal, parsed));
        return command;
    }

    private static int Backup(Terminal terminal, ParseResult parsed)
    {
        var path = parsed.GetRequiredValue(Out);
        var made = HomeBackup.Make(HomeDirectory.Of(parsed), path);
        if (!made.Encrypted)
            terminal.Error.WriteLine("warning: the key in it is readable: whoever has the file can spend and vote");
        Show(terminal, parsed, made, path);
        return ExitCode.Done;
    }

    private static int Restore(Terminal terminal, ParseResult parsed)
    {
        var home = HomeDirectory.Of(parsed);
        var made = HomeBackup.Restore(parsed.GetRequiredValue(Source), home);
        terminal.Error.WriteLine("note: this key votes no more, since nobody knows what it has signed since; to "
            + "validate again, move the stake to a new key: ledger account rotate HOME");
        Show(terminal, parsed, made, home.Path);
        return ExitCode.Done;
    }

    private static void Show(Terminal terminal, ParseResult parsed, HomeBackup.Contents made, string path) =>
        terminal.Result(parsed.IsJson(), new BackupView(made.Address, path, made.Encrypted, made.Files.Count),
            TextTable.Pairs(("address", made.Address), ("path", path), ("files", $"{made.Files.Count}")));

    /// <summary>Whose backup it is and where it lies; never the key.</summary>
    private sealed record BackupView(string Address, string Path, bool Encrypted, int Files);
}

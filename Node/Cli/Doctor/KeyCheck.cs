using Ledger.Node.Storage;

namespace Ledger.Node.Cli.Doctor;

/// <summary>The secrets of a home, and what remembers what its key has signed.</summary>
internal static class KeyCheck
{
    private const string Key = "key", Guard = "sign guard", Token = "api token";

    internal static IEnumerable<Finding> All(HomeDirectory home)
    {
        if (!File.Exists(home.KeyFile))
        {
            yield return Finding.Warn(Key, $"there is none in '{home.Path}'", $"ledger keys new --home {home.Path}");
            yield break;
        }
        yield return KeyFileOf(home);
        yield return GuardOf(Path.Combine(home.Path, SignGuard.FileName), home);
        var token = Path.Combine(home.Path, "api-token");
        if (File.Exists(token))
            yield return OwnerOnly.Holds(token)
                ? Finding.Ok(Token, "nobody else may read it")
                : Finding.Fail(Token, $"others may read '{token}', and command this node", $"chmod 600 '{token}'");
    }

    private static Finding KeyFileOf(HomeDirectory home)
    {
        if (!OwnerOnly.Holds(home.KeyFile))
            return Finding.Fail(Key, $"others may read '{home.KeyFile}'", $"chmod 600 '{home.KeyFile}'");
        try
        {
            var file = Cli.KeyFile.Read(home.KeyFile);
            return Finding.Ok(Key, $"{file.Address}, {(file.Encrypted is null
                ? "without a passphrase; nobody else may read it" : "under a passphrase")}");
        }
        catch (OperatorException e)
        {
            return Finding.Fail(Key, e.Message, "ledger keys import --help");
        }
    }

    // Only read: opening a guard makes its head, and takes it from a node that runs.
    private static Finding GuardOf(string path, HomeDirectory home)
    {
        if (!File.Exists(path))
            return Finding.Fail(Guard,
                $"'{path}' is missing: nothing here says what this key has signed; bring it along with the key",
                "ledger run --help");
        byte[] content;
        try
        {
            content = File.ReadAllBytes(path);
        }
        catch (IOException)
        {
            return Finding.Ok(Guard, "held by a process, which has read it");
        }
        return content.Length switch
        {
            _ when SignGuard.IsSealedBy(content) =>
                Finding.Ok(Guard, "sealed: this home was restored from a backup, and its key votes no more"),
            0 => Finding.Ok(Guard, "this key has signed nothing"),
            SignGuard.FileBytes when GuardSlot.TryDecode(content, out _, out _) =>
                Finding.Ok(Guard, "present, and its head reads"),
            _ => Finding.Fail(Guard, $"'{path}' is damaged: this key may not sign any more",
                $"ledger keys new --home {home.Path}-new"),
        };
    }
}

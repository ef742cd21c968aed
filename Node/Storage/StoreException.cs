namespace Ledger.Node.Storage;

/// <summary>What is on disk cannot be used: one line that says what and why, and a hint that says what to do.</summary>
internal sealed class StoreException(string message, string hint, Exception? inner = null) : Exception(message, inner)
{
    private const string InUseHint = "is a node already running there?";
    private const string DamageHint = "start a new home with a new key; an old copy of this one could vote twice";

    internal string Hint { get; } = hint;

    /// <summary>Another process holds the store, or the file, in this directory.</summary>
    internal static StoreException InUse(string directory) =>
        new($"home directory '{directory}' is in use by another process", InUseHint);

    internal static StoreException Damaged(string path, string what) =>
        new($"the store '{path}' is damaged: {what}", DamageHint);

    /// <summary>The chain has gone over to rules that this program does not know.</summary>
    internal static StoreException NewerVersion(ulong height, uint version, uint known) => new(
        $"from block {height} on the chain follows version {version} of the protocol, "
        + $"and this program knows none after {known}",
        "install the new version of ledger and start it with the same home: it goes on where this one stopped");

    internal static StoreException NoDirectory(string path, Exception reason) =>
        new($"cannot make the directory '{path}': {reason.Message}", "choose another, or make it yours", reason);

    internal static StoreException NoCheckpoint(string target, string reason) =>
        new($"cannot make a checkpoint at '{target}': {reason}", "it must not exist yet, but its parent must");

    /// <summary>Sorts what RocksDB says by what the operator can do about it.</summary>
    internal static StoreException FromRocksDb(string path, string error) => error switch
    {
        // The same process is refused in words of its own.
        _ when Says(error, "While lock file") || Says(error, "lock hold by current process")
            => InUse(path),

        // A file that the store's own index names is gone: that is damage as well.
        _ when Says(error, "Corruption") || Says(error, "No such file or directory")
            => Damaged(path, error),

        _ when Says(error, "Permission denied")
            => new($"cannot open the store '{path}': permission denied", "run as the user who owns the directory"),
        _ when Says(error, "No space left")
            => new($"cannot write to the store '{path}': the disk is full", "free some space, then start again"),
        _ when Says(error, "Column families not opened") || Says(error, "Column family not found")
            => new($"the store '{path}' has parts this version does not know: {error}", "run the version that made it"),
        _ => new($"the store '{path}' refuses: {error}", "the file LOG in that directory may say more"),
    };

    private static bool Says(string error, string words) => error.Contains(words, StringComparison.Ordinal);
}

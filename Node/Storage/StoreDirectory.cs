namespace Ledger.Node.Storage;

/// <summary>What must be true of a directory before RocksDB may make or open a store in it.</summary>
internal static class StoreDirectory
{
    internal static void Prepare(string path)
    {
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw StoreException.NoDirectory(path, e);
        }

        if (HasLostIndex(path))
            throw StoreException.Damaged(path, "it has data, but the file CURRENT is missing");
    }

    /// <summary>Whether another process has the store in a directory open.</summary>
    internal static bool IsInUse(string path) => FileLock.IsHeld(Path.Combine(path, "LOCK"));

    // RocksDB takes a directory without CURRENT for an empty one and starts afresh beside the old tables. A crash while
    // the store was first made leaves neither tables nor logs, so that those mean a lost index.
    private static bool HasLostIndex(string path) =>
        !File.Exists(Path.Combine(path, "CURRENT"))
        && Directory.EnumerateFiles(path).Any(file => Path.GetExtension(file) is ".sst" or ".log");
}

using System.Runtime.InteropServices;

namespace Ledger.Node.Storage;

/// <summary>Makes the names in a directory durable: a new file survives a power cut only once its directory is synced,
/// and .NET cannot open a directory.</summary>
internal static partial class DirectorySync
{
    private const int ReadOnly = 0;

    internal static void Sync(string path)
    {
        var descriptor = open(path, ReadOnly);
        if (descriptor < 0)
            throw Failure(path);
        var result = fsync(descriptor);
        var failure = Failure(path);
        _ = close(descriptor);
        if (result != 0)
            throw failure;
    }

    private static IOException Failure(string path) =>
        new($"cannot sync the directory '{path}': {Marshal.GetLastPInvokeErrorMessage()}");

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(int descriptor);

    [LibraryImport("libc")]
    private static partial int close(int descriptor);
}

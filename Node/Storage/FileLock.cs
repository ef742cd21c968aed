using System.Runtime.InteropServices;

namespace Ledger.Node.Storage;

/// <summary>Whether another process has locked a file, as RocksDB does with a store's, without locking it
/// ourselves.</summary>
internal static partial class FileLock
{
    // fcntl(2) of Linux, the same on amd64 and arm64.
    private const int GetLock = 5;
    private const short ReadLock = 0, Unlocked = 2;

    /// <summary>False where there is no such file, too.</summary>
    internal static bool IsHeld(string path)
    {
        try
        {
            using var file = File.OpenHandle(path, share: FileShare.ReadWrite);
            var range = new Range { Type = ReadLock };
            return fcntl((int)file.DangerousGetHandle(), GetLock, ref range) == 0 && range.Type != Unlocked;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    [LibraryImport("libc")]
    private static partial int fcntl(int descriptor, int command, ref Range range);

    // struct flock, of which the rest says where: all zero is from the file's first byte to its last.
    [StructLayout(LayoutKind.Explicit, Size = 32)]
    private struct Range
    {
        [FieldOffset(0)]
        public short Type;
    }
}

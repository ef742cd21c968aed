using Microsoft.Win32.SafeHandles;

namespace Ledger.Node.Storage;

/// <summary>A file of this machine, which no other process can open meanwhile.</summary>
internal sealed class DiskFile : IFile
{
    // Linux: errno of a lock that another process holds.
    private const int WouldBlock = 11;

    private readonly SafeFileHandle file;

    private DiskFile(string path, SafeFileHandle file) => (Path, this.file) = (path, file);

    public string Path { get; }

    public long Length => RandomAccess.GetLength(file);

    /// <summary>Opens a file or makes an empty one, in a directory that is there.</summary>
    internal static DiskFile Open(string path)
    {
        var directory = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!;
        try
        {
            var file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            // Each time, since a crash may have come between making the file and this.
            DirectorySync.Sync(directory);
            return new(path, file);
        }
        catch (IOException e) when (e.HResult == WouldBlock)
        {
            throw StoreException.InUse(directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreException($"cannot open '{path}': {e.Message}", "the directory must exist and be yours", e);
        }
    }

    public byte[] ReadAll()
    {
        var content = new byte[Length];
        var done = 0;
        Try(() =>
        {
            while (done < content.Length && RandomAccess.Read(file, content.AsSpan(done), done) is > 0 and var count)
                done += count;
        });
        return content[..done];
    }

    public void Write(ReadOnlySpan<byte> bytes, long offset)
    {
        try
        {
            RandomAccess.Write(file, bytes, offset);
        }
        catch (IOException e)
        {
            throw Refused(e);
        }
    }

    public void SetLength(long length) => Try(() => RandomAccess.SetLength(file, length));

    public void Sync()
    {
        DiskSyncs.Note();
        Try(() => RandomAccess.FlushToDisk(file));
    }

    public void Dispose() => file.Dispose();

    private void Try(Action access)
    {
        try
        {
            access();
        }
        catch (IOException e)
        {
            throw Refused(e);
        }
    }

    private StoreException Refused(IOException reason) =>
        new($"the disk refuses '{Path}': {reason.Message}", "check it, then start again", reason);
}

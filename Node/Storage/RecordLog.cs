using Microsoft.Win32.SafeHandles;

namespace Ledger.Node.Storage;

/// <summary>
/// An append-only file of records (<see cref="Record"/>) for what must not be forgotten in a crash: our votes and the
/// inputs of the current height. One process and one thread at a time. After a write fails, nobody knows what the disk
/// holds, so that the log refuses all further use until it is opened anew.
/// </summary>
internal sealed class RecordLog : IDisposable
{
    /// <summary>The largest log; a height that needs more is stuck for another reason.</summary>
    internal const int MaxLength = 1 << 30;

    // Linux: errno of a lock that another process holds.
    private const int WouldBlock = 11;

    private readonly string path;
    private readonly SafeFileHandle file;
    private long length;
    private bool failed;

    private RecordLog(string path, SafeFileHandle file) => (this.path, this.file) = (path, file);

    /// <summary>Opens or makes a log and reads what it holds; an unfinished record at its end is cut off.</summary>
    internal static RecordLog Open(string path, out RecordReplay replay)
    {
        var log = new RecordLog(path, OpenAlone(path));
        try
        {
            if (!RecordReplay.TryRead(log.ReadAll(), out replay))
                throw StoreException.Damaged(path, $"the record at byte {replay.Length} is wrong, and more follows");
            log.Cut(replay.Length);
            return log;
        }
        catch (StoreException)
        {
            log.Dispose();
            throw;
        }
    }

    /// <summary>Writes a record; it is durable after the next <see cref="Sync"/>.</summary>
    internal void Append(ReadOnlySpan<byte> payload)
    {
        var record = Record.Encode(payload);
        if (length > MaxLength - record.Length)
            throw new StoreException($"the record log '{path}' is full", "this height does not end: check the peers");
        Guard(() => RandomAccess.Write(file, record, length));
        length += record.Length;
    }

    /// <summary>Returns once all records are on disk.</summary>
    internal void Sync() => Guard(() => RandomAccess.FlushToDisk(file));

    /// <summary>Forgets all records, durably: the next height starts.</summary>
    internal void Reset() => Cut(0);

    public void Dispose() => file.Dispose();

    private void Cut(int end)
    {
        Guard(() =>
        {
            if (RandomAccess.GetLength(file) != end)
                RandomAccess.SetLength(file, end);
            RandomAccess.FlushToDisk(file);
        });
        length = end;
    }

    private byte[] ReadAll()
    {
        var size = RandomAccess.GetLength(file);
        if (size > MaxLength)
            throw StoreException.Damaged(path, $"it has {size} bytes, more than any log");
        var content = new byte[size];
        var done = 0;
        Guard(() =>
        {
            while (done < content.Length && RandomAccess.Read(file, content.AsSpan(done), done) is > 0 and var count)
                done += count;
        });
        return content[..done];
    }

    // Pessimistic: failed until done, so that whatever is thrown leaves the log closed to further use.
    private void Guard(Action access)
    {
        if (failed)
            throw new InvalidOperationException($"the record log '{path}' is used after it failed");
        failed = true;
        try
        {
            access();
        }
        catch (IOException e)
        {
            throw new StoreException($"the disk refuses '{path}': {e.Message}", "check it, then start again", e);
        }

        failed = false;
    }

    private static SafeFileHandle OpenAlone(string path)
    {
        var directory = Path.GetDirectoryName(Path.GetFullPath(path))!;
        try
        {
            var file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            // Each time, since a crash may have come between making the file and this.
            DirectorySync.Sync(directory);
            return file;
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
}

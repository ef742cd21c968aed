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

    private readonly IFile file;
    private long length;
    private bool failed;

    private RecordLog(IFile file) => this.file = file;

    /// <summary>Opens or makes a log in a file of this machine.</summary>
    internal static RecordLog Open(string path, out RecordReplay replay) => Open(DiskFile.Open(path), out replay);

    /// <summary>
    /// Takes a file over and reads the log that it holds; an unfinished record at its end is cut off.
    /// </summary>
    internal static RecordLog Open(IFile file, out RecordReplay replay)
    {
        if (TryOpen(file, out replay) is { } log)
            return log;
        file.Dispose();
        throw StoreException.Damaged(file.Path, $"the record at byte {replay.Length} is wrong, and more follows");
    }

    /// <summary>As <see cref="Open(IFile, out RecordReplay)"/>; null, and the file left alone, where it is damaged.
    /// </summary>
    internal static RecordLog? TryOpen(IFile file, out RecordReplay replay)
    {
        replay = new([], 0, 0);
        if (file.Length > MaxLength || !RecordReplay.TryRead(file.ReadAll(), out replay))
            return null;
        var log = new RecordLog(file);
        log.Cut(replay.Length);
        return log;
    }

    /// <summary>A log that forgets whatever the file held.</summary>
    internal static RecordLog OpenEmpty(IFile file)
    {
        var log = new RecordLog(file);
        log.Cut(0);
        return log;
    }

    /// <summary>Bytes of all records.</summary>
    internal long Length => length;

    /// <summary>Writes a record; it is durable after the next <see cref="Sync"/>.</summary>
    internal void Append(ReadOnlySpan<byte> payload)
    {
        var record = Record.Encode(payload);
        if (length > MaxLength - record.Length)
            throw new StoreException(
                $"the record log '{file.Path}' is full", "this height does not end: check the peers");
        Guard(() => file.Write(record, length));
        length += record.Length;
    }

    /// <summary>Returns once all records are on disk.</summary>
    internal void Sync() => Guard(file.Sync);

    /// <summary>Forgets all records, durably.</summary>
    internal void Reset() => Cut(0);

    public void Dispose() => file.Dispose();

    private void Cut(int end)
    {
        Guard(() =>
        {
            if (file.Length != end)
                file.SetLength(end);
            file.Sync();
        });
        length = end;
    }

    // Pessimistic: failed until done, so that whatever is thrown leaves the log closed to further use.
    private void Guard(Action access)
    {
        if (failed)
            throw new InvalidOperationException($"the record log '{file.Path}' is used after it failed");
        failed = true;
        access();
        failed = false;
    }
}

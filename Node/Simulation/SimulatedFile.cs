using Ledger.Node.Storage;

namespace Ledger.Node.Simulation;

/// <summary>A file on a disk that may lose what was not synced, tear what was being written, or rot.</summary>
internal sealed class SimulatedFile(SimulatedDisk disk, string name) : IFile
{
    // What a crash may still take away, in the order in which it was done.
    private readonly List<Change> pending = [];
    private readonly Content durable = new(), current = new();

    public string Path { get; } = disk.PathOf(name);

    public long Length => current.Bytes.Length;

    internal ReadOnlySpan<byte> Durable => durable.Bytes;

    public byte[] ReadAll()
    {
        disk.Read();
        return current.Bytes.ToArray();
    }

    public void Write(ReadOnlySpan<byte> bytes, long offset)
    {
        var written = disk.Write(bytes.Length);
        Do(new(offset, bytes[..written].ToArray()));
        disk.Interrupt();
    }

    public void SetLength(long length)
    {
        disk.Write(0);
        Do(new(length, null));
        disk.Interrupt();
    }

    public void Sync()
    {
        if (disk.Sync(disk.FilesLie))
        {
            pending.ForEach(durable.Apply);
            pending.Clear();
        }
        disk.Interrupt();
    }

    public void Dispose()
    {
        // Closing syncs nothing, and the next process opens the same file.
    }

    /// <summary>
    /// The power is gone: so many of the unsynced changes are on the disk, the next one in part, the others not.
    /// </summary>
    internal void LosePower(Dice dice)
    {
        var kept = dice.Below(pending.Count + 1);
        pending.Take(kept).ToList().ForEach(durable.Apply);
        if (kept < pending.Count && pending[kept] is { Bytes: { Length: > 0 } torn } last)
            durable.Apply(last with { Bytes = torn[..dice.Below(torn.Length)] });
        Replace(durable.Bytes.ToArray());
    }

    /// <summary>What is on the disk from now on, such as nothing, or what an old backup held.</summary>
    internal void Replace(byte[] content)
    {
        pending.Clear();
        durable.Set(content);
        current.Set(content);
    }

    private void Do(Change change)
    {
        pending.Add(change);
        current.Apply(change);
    }

    /// <summary>Bytes to write at a place, or, without any, the place where the file is to end.</summary>
    private sealed record Change(long Offset, byte[]? Bytes);

    /// <summary>Bytes that grow without being copied each time.</summary>
    private sealed class Content
    {
        private byte[] buffer = [];
        private int length;

        internal ReadOnlySpan<byte> Bytes => buffer.AsSpan(0, length);

        internal void Set(byte[] content) => (buffer, length) = ([.. content], content.Length);

        internal void Apply(Change change)
        {
            var end = (int)change.Offset + (change.Bytes?.Length ?? 0);
            if (end > buffer.Length)
                Array.Resize(ref buffer, Math.Max(end, 2 * buffer.Length));
            // What lies between the old end and the new bytes is zeros.
            if (length < change.Offset)
                Array.Clear(buffer, length, (int)change.Offset - length);
            change.Bytes?.CopyTo(buffer, change.Offset);
            length = change.Bytes is null ? end : Math.Max(length, end);
        }
    }
}

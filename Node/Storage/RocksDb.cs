using System.Collections.Frozen;
using System.Runtime.InteropServices;
using static Ledger.Node.Storage.RocksDbApi;
using static Ledger.Node.Storage.RocksDbOptionsApi;

namespace Ledger.Node.Storage;

/// <summary>
/// An ordered map from bytes to bytes on disk, in named column families (RocksDB 7.8). Reads and writes may come from
/// any thread. Damage is reported as <see cref="StoreException"/> and never repaired.
/// </summary>
internal sealed class RocksDb : IKeyValue
{
    private readonly DbHandle db;
    private readonly FrozenDictionary<string, FamilyHandle> families;
    private readonly FrozenSet<string> uncached;
    private readonly ReadOptionsHandle read = new(), readOnce = new();
    private readonly WriteOptionsHandle buffered = new(sync: false);
    private readonly WriteOptionsHandle synced = new(sync: true);
    private volatile bool broken;

    private RocksDb(
        string path, DbHandle db, FrozenDictionary<string, FamilyHandle> families, FrozenSet<string> uncached)
    {
        (Path, this.db, this.families, this.uncached) = (path, db, families, uncached);
        rocksdb_readoptions_set_fill_cache(readOnce, 0);
    }

    public string Path { get; }

    public long MemoryBytes =>
        families.Values.Sum(family => Property(family, "rocksdb.cur-size-all-mem-tables")
            + Property(family, "rocksdb.estimate-table-readers-mem"))
        + Property(families.Values[0], "rocksdb.block-cache-usage");

    /// <summary>Opens the store in a directory, which is made if missing; so are its column families.</summary>
    internal static RocksDb Open(string path, IReadOnlyList<string> families, RocksDbOptions options)
    {
        StoreDirectory.Prepare(path);
        // RocksDB insists that its own family is opened as well.
        string[] names = ["default", .. families];
        using var native = options.ToNative();
        var pointers = new nint[names.Length];
        var db = OpenFamilies(path, names, native, pointers);
        return new(path, db, Enumerable.Range(0, names.Length)
            .ToFrozenDictionary(i => names[i], i => new FamilyHandle(pointers[i], db), StringComparer.Ordinal),
            options.Uncached.ToFrozenSet(StringComparer.Ordinal));
    }

    public byte[]? Get(string family, ReadOnlySpan<byte> key)
    {
        nint error = 0;
        var options = uncached.Contains(family) ? readOnce : read;
        var slice = rocksdb_get_pinned_cf(db, options, families[family], key, (nuint)key.Length, ref error);
        ThrowIf(error);
        if (slice == 0)
            return null;

        try
        {
            return Copy(rocksdb_pinnableslice_value(slice, out var length), length);
        }
        finally
        {
            rocksdb_pinnableslice_destroy(slice);
        }
    }

    public void Write(WriteBatch batch, bool sync)
    {
        using var native = new BatchHandle();
        foreach (var change in batch.Changes)
            Add(native, change);
        if (sync)
            DiskSyncs.Note();
        if (broken)
            throw new StoreException(
                $"cannot write to the store '{Path}': an earlier write failed", "free some space, then start again");
        nint error = 0;
        rocksdb_write(db, sync ? synced : buffered, native, ref error);
        broken |= error != 0;
        ThrowIf(error);
    }

    public IEnumerable<(byte[] Key, byte[] Value)> Scan(
        string family, byte[]? from = null, byte[]? to = null, bool reverse = false)
    {
        using var cursor = new Cursor(db, families[family], from, to);
        for (cursor.Start(reverse); cursor.Valid; cursor.Step(reverse))
            yield return (cursor.Key, cursor.Value);
        ThrowIf(cursor.Error);
    }

    /// <summary>Makes a second store of the same data at <paramref name="target"/>, sharing files if it can.</summary>
    internal void Checkpoint(string target)
    {
        nint error = 0;
        var checkpoint = rocksdb_checkpoint_object_create(db, ref error);
        ThrowIf(error);
        try
        {
            // Zero: write the buffers out first, so that the copy needs no log.
            rocksdb_checkpoint_create(checkpoint, target, flushAbove: 0, ref error);
            if (error != 0)
                throw StoreException.NoCheckpoint(target, Take(error));
        }
        finally
        {
            rocksdb_checkpoint_object_destroy(checkpoint);
        }
    }

    // No bounds: all of the family.
    public void Compact(string family) => rocksdb_compact_range_cf(db, families[family], [], 0, [], 0);

    /// <summary>
    /// Closes the store once the last enumeration on it is done. Where the disk is full or a write has failed it is
    /// left as it is: RocksDB would still write to its diary, and an assertion of Debian's build would end the process
    /// before anybody was told why. The process is about to end, and the next one reads what is on disk.
    /// </summary>
    public void Dispose()
    {
        if (broken || new DriveInfo(Path).AvailableFreeSpace < StorageLimits.ClosingBytes)
        {
            Array.ForEach<SafeHandle>([.. families.Values, db], handle => handle.SetHandleAsInvalid());
            return;
        }
        foreach (var family in families.Values)
            family.Dispose();
        db.Dispose();
        read.Dispose();
        readOnce.Dispose();
        buffered.Dispose();
        synced.Dispose();
    }

    internal static byte[] Copy(nint pointer, nuint length)
    {
        var bytes = new byte[checked((int)length)];
        if (bytes.Length > 0)
            Marshal.Copy(pointer, bytes, 0, bytes.Length);
        return bytes;
    }

    private static unsafe DbHandle OpenFamilies(string path, string[] names, OptionsHandle options, nint[] families)
    {
        nint error = 0, db;
        var text = Array.ConvertAll(names, Marshal.StringToCoTaskMemUTF8);
        var each = Enumerable.Repeat(options.DangerousGetHandle(), names.Length).ToArray();
        fixed (nint* name = text, option = each, family = families)
            db = rocksdb_open_column_families(options, path, names.Length, name, option, family, ref error);
        Array.ForEach(text, Marshal.FreeCoTaskMem);
        ThrowIf(path, error);
        return new(db);
    }

    private void Add(BatchHandle batch, WriteBatch.Change change)
    {
        var family = families[change.Family];
        switch (change)
        {
            case WriteBatch.Change.Put put:
                rocksdb_writebatch_put_cf(
                    batch, family, put.Key, (nuint)put.Key.Length, put.Value, (nuint)put.Value.Length);
                break;
            case WriteBatch.Change.Delete delete:
                rocksdb_writebatch_delete_cf(batch, family, delete.Key, (nuint)delete.Key.Length);
                break;
            case WriteBatch.Change.DeleteRange range:
                rocksdb_writebatch_delete_range_cf(
                    batch, family, range.From, (nuint)range.From.Length, range.To, (nuint)range.To.Length);
                break;
        }
    }

    private long Property(FamilyHandle family, string name) =>
        rocksdb_property_int_cf(db, family, name, out var value) == 0 ? (long)value : 0;

    private void ThrowIf(nint error) => ThrowIf(Path, error);

    private static void ThrowIf(string path, nint error)
    {
        if (error != 0)
            throw StoreException.FromRocksDb(path, Take(error));
    }

    private static string Take(nint error)
    {
        var text = Marshal.PtrToStringUTF8(error)!;
        rocksdb_free(error);
        return text;
    }
}

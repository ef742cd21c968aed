using static Ledger.Node.Storage.RocksDbApi;
using static Ledger.Node.Storage.RocksDbOptionsApi;

namespace Ledger.Node.Storage;

/// <summary>
/// A position that moves over a range of keys. RocksDB gets the bounds itself, so that it stops at them instead of
/// wading through whatever was deleted beyond.
/// </summary>
internal sealed class Cursor : IDisposable
{
    private readonly ReadOptionsHandle options = new();
    private readonly IteratorHandle iterator;

    // RocksDB keeps pointers to the bounds, not copies: they live, pinned, as long as the cursor.
    private readonly byte[]? from;
    private readonly byte[]? to;

    internal unsafe Cursor(DbHandle db, FamilyHandle family, byte[]? from, byte[]? to)
    {
        this.from = Pin(from);
        this.to = Pin(to);
        fixed (byte* lower = this.from, upper = this.to)
        {
            if (this.from is not null)
                rocksdb_readoptions_set_iterate_lower_bound(options, lower, (nuint)this.from.Length);
            if (this.to is not null)
                rocksdb_readoptions_set_iterate_upper_bound(options, upper, (nuint)this.to.Length);
        }

        iterator = new(rocksdb_create_iterator_cf(db, options, family), db);
    }

    internal bool Valid => rocksdb_iter_valid(iterator) != 0;

    internal byte[] Key => RocksDb.Copy(rocksdb_iter_key(iterator, out var length), length);

    internal byte[] Value => RocksDb.Copy(rocksdb_iter_value(iterator, out var length), length);

    /// <summary>Why the cursor stopped: zero at the end of the range, else a string for the caller to free.</summary>
    internal nint Error
    {
        get
        {
            nint error = 0;
            rocksdb_iter_get_error(iterator, ref error);
            return error;
        }
    }

    internal void Start(bool reverse)
    {
        if (reverse)
            rocksdb_iter_seek_to_last(iterator);
        else
            rocksdb_iter_seek_to_first(iterator);
    }

    internal void Step(bool reverse)
    {
        if (reverse)
            rocksdb_iter_prev(iterator);
        else
            rocksdb_iter_next(iterator);
    }

    // The options hold the bounds, so that they go last.
    public void Dispose()
    {
        iterator.Dispose();
        options.Dispose();
        GC.KeepAlive(from);
        GC.KeepAlive(to);
    }

    private static byte[]? Pin(byte[]? bound)
    {
        if (bound is null)
            return null;
        var pinned = GC.AllocateUninitializedArray<byte>(bound.Length, pinned: true);
        bound.CopyTo(pinned, 0);
        return pinned;
    }
}

using System.Runtime.InteropServices;
using static Ledger.Node.Storage.RocksDbApi;
using static Ledger.Node.Storage.RocksDbOptionsApi;

namespace Ledger.Node.Storage;

/// <summary>
/// A pointer that is freed once. A handle holds on to its owner, so that a database is closed only after the last of
/// its iterators and column families is gone, in whatever order they are disposed or collected.
/// </summary>
internal abstract class RocksDbHandle : SafeHandle
{
    private readonly SafeHandle? owner;

    protected RocksDbHandle(nint pointer, SafeHandle? owner = null)
        : base(0, ownsHandle: true)
    {
        var held = false;
        owner?.DangerousAddRef(ref held);
        this.owner = owner;
        SetHandle(pointer);
    }

    public override bool IsInvalid => handle == 0;

    protected abstract void Free();

    protected override bool ReleaseHandle()
    {
        Free();
        owner?.DangerousRelease();
        return true;
    }
}

/// <summary>An open database.</summary>
internal sealed class DbHandle(nint pointer) : RocksDbHandle(pointer)
{
    protected override void Free() => rocksdb_close(handle);
}

/// <summary>One column family of an open database.</summary>
internal sealed class FamilyHandle(nint pointer, DbHandle db) : RocksDbHandle(pointer, db)
{
    protected override void Free() => rocksdb_column_family_handle_destroy(handle);
}

/// <summary>A position in a column family, on the state of the moment it was made.</summary>
internal sealed class IteratorHandle(nint pointer, DbHandle db) : RocksDbHandle(pointer, db)
{
    protected override void Free() => rocksdb_iter_destroy(handle);
}

/// <summary>Changes that are written together.</summary>
internal sealed class BatchHandle() : RocksDbHandle(rocksdb_writebatch_create())
{
    protected override void Free() => rocksdb_writebatch_destroy(handle);
}

/// <summary>How to read.</summary>
internal sealed class ReadOptionsHandle() : RocksDbHandle(rocksdb_readoptions_create())
{
    protected override void Free() => rocksdb_readoptions_destroy(handle);
}

/// <summary>How to write: synced writes wait for the disk.</summary>
internal sealed class WriteOptionsHandle : RocksDbHandle
{
    internal WriteOptionsHandle(bool sync)
        : base(rocksdb_writeoptions_create()) => rocksdb_writeoptions_set_sync(this, sync ? (byte)1 : (byte)0);

    protected override void Free() => rocksdb_writeoptions_destroy(handle);
}

/// <summary>How to open; RocksDB copies it.</summary>
internal sealed class OptionsHandle() : RocksDbHandle(rocksdb_options_create())
{
    protected override void Free() => rocksdb_options_destroy(handle);
}

/// <summary>How tables are laid out; RocksDB copies it.</summary>
internal sealed class TableOptionsHandle() : RocksDbHandle(rocksdb_block_based_options_create())
{
    protected override void Free() => rocksdb_block_based_options_destroy(handle);
}

/// <summary>A block cache; RocksDB shares ownership.</summary>
internal sealed class CacheHandle(long bytes) : RocksDbHandle(rocksdb_cache_create_lru((nuint)bytes))
{
    protected override void Free() => rocksdb_cache_destroy(handle);
}

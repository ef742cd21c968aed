using System.Runtime.InteropServices;

namespace Ledger.Node.Storage;

/// <summary>
/// The part of RocksDB's C API (rocksdb/c.h, 7.8) that the node uses, under its own names. Functions that can fail take
/// <c>errptr</c>, which must be zero before and holds a string to free after: <see cref="RocksDb"/> does both.
/// </summary>
internal static partial class RocksDbApi
{
    private const string Library = "rocksdb";

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static unsafe partial nint rocksdb_open_column_families(
        OptionsHandle options, string path, int count,
        nint* names, nint* familyOptions, nint* families, ref nint error);

    [LibraryImport(Library)]
    internal static partial void rocksdb_close(nint db);

    [LibraryImport(Library)]
    internal static partial void rocksdb_column_family_handle_destroy(nint family);

    [LibraryImport(Library)]
    internal static partial nint rocksdb_get_pinned_cf(
        DbHandle db, ReadOptionsHandle options, FamilyHandle family,
        ReadOnlySpan<byte> key, nuint length, ref nint error);

    [LibraryImport(Library)]
    internal static partial nint rocksdb_pinnableslice_value(nint slice, out nuint length);

    [LibraryImport(Library)]
    internal static partial void rocksdb_pinnableslice_destroy(nint slice);

    [LibraryImport(Library)]
    internal static partial void rocksdb_write(
        DbHandle db, WriteOptionsHandle options, BatchHandle batch, ref nint error);

    [LibraryImport(Library)]
    internal static partial nint rocksdb_writebatch_create();

    [LibraryImport(Library)]
    internal static partial void rocksdb_writebatch_destroy(nint batch);

    [LibraryImport(Library)]
    internal static partial void rocksdb_writebatch_put_cf(
        BatchHandle batch, FamilyHandle family,
        ReadOnlySpan<byte> key, nuint keyLength, ReadOnlySpan<byte> value, nuint length);

    [LibraryImport(Library)]
    internal static partial void rocksdb_writebatch_delete_cf(
        BatchHandle batch, FamilyHandle family, ReadOnlySpan<byte> key, nuint length);

    [LibraryImport(Library)]
    internal static partial void rocksdb_writebatch_delete_range_cf(
        BatchHandle batch, FamilyHandle family,
        ReadOnlySpan<byte> from, nuint fromLength, ReadOnlySpan<byte> to, nuint toLength);

    [LibraryImport(Library)]
    internal static partial nint rocksdb_create_iterator_cf(
        DbHandle db, ReadOptionsHandle options, FamilyHandle family);

    [LibraryImport(Library)]
    internal static partial void rocksdb_iter_destroy(nint iterator);

    [LibraryImport(Library)]
    internal static partial byte rocksdb_iter_valid(IteratorHandle iterator);

    [LibraryImport(Library)]
    internal static partial void rocksdb_iter_seek_to_first(IteratorHandle iterator);

    [LibraryImport(Library)]
    internal static partial void rocksdb_iter_seek_to_last(IteratorHandle iterator);

    [LibraryImport(Library)]
    internal static partial void rocksdb_iter_next(IteratorHandle iterator);

    [LibraryImport(Library)]
    internal static partial void rocksdb_iter_prev(IteratorHandle iterator);

    [LibraryImport(Library)]
    internal static partial nint rocksdb_iter_key(IteratorHandle iterator, out nuint length);

    [LibraryImport(Library)]
    internal static partial nint rocksdb_iter_value(IteratorHandle iterator, out nuint length);

    [LibraryImport(Library)]
    internal static partial void rocksdb_iter_get_error(IteratorHandle iterator, ref nint error);

    [LibraryImport(Library)]
    internal static partial nint rocksdb_checkpoint_object_create(DbHandle db, ref nint error);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial void rocksdb_checkpoint_create(
        nint checkpoint, string path, ulong flushAbove, ref nint error);

    [LibraryImport(Library)]
    internal static partial void rocksdb_checkpoint_object_destroy(nint checkpoint);

    [LibraryImport(Library)]
    internal static partial void rocksdb_compact_range_cf(
        DbHandle db, FamilyHandle family,
        ReadOnlySpan<byte> from, nuint fromLength, ReadOnlySpan<byte> to, nuint toLength);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int rocksdb_property_int_cf(DbHandle db, FamilyHandle family, string name, out ulong value);

    [LibraryImport(Library)]
    internal static partial void rocksdb_free(nint memory);
}

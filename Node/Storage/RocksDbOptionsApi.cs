using System.Runtime.InteropServices;

namespace Ledger.Node.Storage;

/// <summary>The setters of RocksDB's C API that <see cref="RocksDbOptions"/> needs.</summary>
internal static partial class RocksDbOptionsApi
{
    private const string Library = "rocksdb";

    [LibraryImport(Library)]
    internal static partial nint rocksdb_options_create();

    [LibraryImport(Library)]
    internal static partial void rocksdb_options_destroy(nint options);

    [LibraryImport(Library)]
    internal static partial void rocksdb_options_set_create_if_missing(OptionsHandle options, byte value);

    [LibraryImport(Library)]
    internal static partial void rocksdb_options_set_create_missing_column_families(OptionsHandle options, byte value);

    [LibraryImport(Library)]
    internal static partial void rocksdb_options_set_wal_recovery_mode(OptionsHandle options, int mode);

    [LibraryImport(Library)]
    internal static partial void rocksdb_options_set_write_buffer_size(OptionsHandle options, nuint bytes);

    [LibraryImport(Library)]
    internal static partial void rocksdb_options_set_db_write_buffer_size(OptionsHandle options, nuint bytes);

    [LibraryImport(Library)]
    internal static partial void rocksdb_options_set_max_total_wal_size(OptionsHandle options, ulong bytes);

    [LibraryImport(Library)]
    internal static partial void rocksdb_options_set_max_open_files(OptionsHandle options, int count);

    [LibraryImport(Library)]
    internal static partial void rocksdb_options_set_keep_log_file_num(OptionsHandle options, nuint count);

    [LibraryImport(Library)]
    internal static partial void rocksdb_options_set_max_log_file_size(OptionsHandle options, nuint bytes);

    [LibraryImport(Library)]
    internal static partial void rocksdb_options_set_block_based_table_factory(
        OptionsHandle options, TableOptionsHandle table);

    [LibraryImport(Library)]
    internal static partial nint rocksdb_block_based_options_create();

    [LibraryImport(Library)]
    internal static partial void rocksdb_block_based_options_destroy(nint table);

    [LibraryImport(Library)]
    internal static partial void rocksdb_block_based_options_set_block_cache(
        TableOptionsHandle table, CacheHandle cache);

    [LibraryImport(Library)]
    internal static partial void rocksdb_block_based_options_set_cache_index_and_filter_blocks(
        TableOptionsHandle table, byte value);

    // The table options own the policy from then on, so it has no handle of its own.
    [LibraryImport(Library)]
    internal static partial void rocksdb_block_based_options_set_filter_policy(TableOptionsHandle table, nint policy);

    [LibraryImport(Library)]
    internal static partial nint rocksdb_filterpolicy_create_bloom_full(double bitsPerKey);

    [LibraryImport(Library)]
    internal static partial nint rocksdb_cache_create_lru(nuint bytes);

    [LibraryImport(Library)]
    internal static partial void rocksdb_cache_destroy(nint cache);

    [LibraryImport(Library)]
    internal static partial nint rocksdb_readoptions_create();

    [LibraryImport(Library)]
    internal static partial void rocksdb_readoptions_destroy(nint options);

    [LibraryImport(Library)]
    internal static partial void rocksdb_readoptions_set_fill_cache(ReadOptionsHandle options, byte value);

    [LibraryImport(Library)]
    internal static unsafe partial void rocksdb_readoptions_set_iterate_lower_bound(
        ReadOptionsHandle options, byte* key, nuint length);

    [LibraryImport(Library)]
    internal static unsafe partial void rocksdb_readoptions_set_iterate_upper_bound(
        ReadOptionsHandle options, byte* key, nuint length);

    [LibraryImport(Library)]
    internal static partial nint rocksdb_writeoptions_create();

    [LibraryImport(Library)]
    internal static partial void rocksdb_writeoptions_destroy(nint options);

    [LibraryImport(Library)]
    internal static partial void rocksdb_writeoptions_set_sync(WriteOptionsHandle options, byte value);
}

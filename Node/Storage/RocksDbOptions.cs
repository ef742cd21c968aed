using static Ledger.Node.Storage.RocksDbOptionsApi;

namespace Ledger.Node.Storage;

/// <summary>
/// How much memory a store may take. RocksDB allocates outside of .NET's view, and unbounded it is what kills nodes; so
/// cache, indexes, filters and write buffers all have a limit here.
/// </summary>
internal sealed record RocksDbOptions
{
    // Ten bits a key: one lookup in a hundred reads a table in vain.
    private const double BloomBitsPerKey = 10;

    // Refuses a log that is wrong before its end; RocksDB's default would silently drop what follows (a torn last
    // record is what a crash leaves, and was never acknowledged).
    private const int TolerateTornTailOnly = 0;

    private const int DiagnosticFiles = 2;
    private const int DiagnosticBytes = 1 << 20;

    /// <summary>Blocks, indexes and filters of tables. Small: what it does not hold, the system's page cache does, and
    /// a node's memory is to stop growing within minutes.</summary>
    internal long BlockCacheBytes { get; init; } = 16 << 20;

    /// <summary>What all column families together hold before it is written out as tables.</summary>
    internal long WriteBufferBytes { get; init; } = 16 << 20;

    /// <summary>Families of large values that are seldom read again: they would push all else out of the cache.
    /// </summary>
    internal IReadOnlyCollection<string> Uncached { get; init; } = [];

    internal int OpenFiles { get; init; } = 256;

    internal OptionsHandle ToNative()
    {
        var options = new OptionsHandle();
        rocksdb_options_set_create_if_missing(options, 1);
        rocksdb_options_set_create_missing_column_families(options, 1);
        rocksdb_options_set_wal_recovery_mode(options, TolerateTornTailOnly);
        rocksdb_options_set_write_buffer_size(options, (nuint)(WriteBufferBytes / 4));
        rocksdb_options_set_db_write_buffer_size(options, (nuint)WriteBufferBytes);
        rocksdb_options_set_max_total_wal_size(options, (ulong)WriteBufferBytes * 2);
        rocksdb_options_set_max_open_files(options, OpenFiles);
        rocksdb_options_set_keep_log_file_num(options, DiagnosticFiles);
        rocksdb_options_set_max_log_file_size(options, DiagnosticBytes);
        SetTables(options);
        return options;
    }

    private void SetTables(OptionsHandle options)
    {
        using var cache = new CacheHandle(BlockCacheBytes);
        using var table = new TableOptionsHandle();
        rocksdb_block_based_options_set_block_cache(table, cache);
        rocksdb_block_based_options_set_cache_index_and_filter_blocks(table, 1);
        rocksdb_block_based_options_set_filter_policy(table, rocksdb_filterpolicy_create_bloom_full(BloomBitsPerKey));
        rocksdb_options_set_block_based_table_factory(options, table);
    }
}

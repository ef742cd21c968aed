using System.Collections.Frozen;
using static Ledger.Node.Storage.RocksDbApi;

namespace Ledger.Node.Storage;

/// <summary>Changes to one <see cref="RocksDb"/> that apply together or not at all; for one thread.</summary>
internal sealed class WriteBatch(FrozenDictionary<string, FamilyHandle> families) : IDisposable
{
    internal BatchHandle Handle { get; } = new();

    internal void Put(string family, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) =>
        rocksdb_writebatch_put_cf(Handle, families[family], key, (nuint)key.Length, value, (nuint)value.Length);

    internal void Delete(string family, ReadOnlySpan<byte> key) =>
        rocksdb_writebatch_delete_cf(Handle, families[family], key, (nuint)key.Length);

    /// <summary>Deletes from &lt;= key &lt; to by a single entry, however many keys there are.</summary>
    internal void DeleteRange(string family, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to)
    {
        // RocksDB would ignore such a range without a word.
        if (from.SequenceCompareTo(to) > 0)
            throw new ArgumentException("the range ends before it starts", nameof(to));
        rocksdb_writebatch_delete_range_cf(Handle, families[family], from, (nuint)from.Length, to, (nuint)to.Length);
    }

    public void Dispose() => Handle.Dispose();
}

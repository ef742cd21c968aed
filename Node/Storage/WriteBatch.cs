namespace Ledger.Node.Storage;

/// <summary>Changes to one <see cref="IKeyValue"/>, in order, that apply together or not at all.</summary>
internal sealed class WriteBatch
{
    private readonly List<Change> changes = [];

    internal IReadOnlyList<Change> Changes => changes;

    internal void Put(string family, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) =>
        changes.Add(new Change.Put(family, key.ToArray(), value.ToArray()));

    internal void Delete(string family, ReadOnlySpan<byte> key) =>
        changes.Add(new Change.Delete(family, key.ToArray()));

    /// <summary>Deletes from &lt;= key &lt; to by a single entry, however many keys there are.</summary>
    internal void DeleteRange(string family, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to)
    {
        // RocksDB would ignore such a range without a word.
        if (from.SequenceCompareTo(to) > 0)
            throw new ArgumentException("the range ends before it starts", nameof(to));
        changes.Add(new Change.DeleteRange(family, from.ToArray(), to.ToArray()));
    }

    /// <summary>One change of a batch.</summary>
    internal abstract record Change(string Family)
    {
        internal sealed record Put(string Family, byte[] Key, byte[] Value) : Change(Family);

        internal sealed record Delete(string Family, byte[] Key) : Change(Family);

        internal sealed record DeleteRange(string Family, byte[] From, byte[] To) : Change(Family);
    }
}

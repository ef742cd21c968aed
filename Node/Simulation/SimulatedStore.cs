using System.Collections.Immutable;
using Ledger.Node.Storage;
using Families = System.Collections.Immutable.ImmutableDictionary<
    string, System.Collections.Immutable.ImmutableSortedSet<Ledger.Node.Simulation.SimulatedStore.Pair>>;

namespace Ledger.Node.Simulation;

/// <summary>
/// A key-value store in memory that keeps what RocksDB promises and no more: a crash takes away some of the last
/// batches that were not synced, whole and in order. Old versions cost nothing, as the trees share what is the same.
/// </summary>
internal sealed class SimulatedStore(SimulatedDisk disk) : IKeyValue
{
    private static readonly Families Empty =
        ImmutableDictionary.Create<string, ImmutableSortedSet<Pair>>(StringComparer.Ordinal);

    private readonly List<Families> unsynced = [];
    private Families durable = Empty;

    public string Path { get; } = disk.PathOf("chain");

    public long MemoryBytes => 0;

    internal Families Durable => durable;

    private Families Current => unsynced is [.., var last] ? last : durable;

    public byte[]? Get(string family, ReadOnlySpan<byte> key)
    {
        disk.Read();
        return Current.GetValueOrDefault(family) is { } pairs
            && pairs.TryGetValue(new(key.ToArray(), []), out var found) ? found.Value : null;
    }

    public IEnumerable<(byte[] Key, byte[] Value)> Scan(
        string family, byte[]? from = null, byte[]? to = null, bool reverse = false)
    {
        disk.Read();
        if (Current.GetValueOrDefault(family) is not { } pairs)
            yield break;
        var (start, end) = (from is null ? 0 : PlaceOf(pairs, from), to is null ? pairs.Count : PlaceOf(pairs, to));
        for (var i = 0; i < end - start; i++)
        {
            var pair = pairs[reverse ? end - 1 - i : start + i];
            yield return (pair.Key, pair.Value);
        }
    }

    public void Write(WriteBatch batch, bool sync)
    {
        disk.Write(batch.Changes.Count);
        unsynced.Add(batch.Changes.Aggregate(Current, Apply));
        disk.Interrupt();
        if (sync && disk.Sync(disk.StoreLies))
            Replace(Current);
        disk.Interrupt();
    }

    public void Compact(string family)
    {
        // Memory has no holes.
    }

    public void Dispose()
    {
        // The next process finds what this one has written.
    }

    internal void LosePower(Dice dice)
    {
        var kept = dice.Below(unsynced.Count + 1);
        Replace(kept == 0 ? durable : unsynced[kept - 1]);
    }

    internal void Replace(Families content)
    {
        durable = content;
        unsynced.Clear();
    }

    private static Families Apply(Families families, WriteBatch.Change change)
    {
        var pairs = families.GetValueOrDefault(change.Family) ?? ImmutableSortedSet.Create<Pair>(Pair.ByKey);
        return families.SetItem(change.Family, change switch
        {
            WriteBatch.Change.Put put => pairs.Remove(new(put.Key, [])).Add(new(put.Key, put.Value)),
            WriteBatch.Change.Delete delete => pairs.Remove(new(delete.Key, [])),
            WriteBatch.Change.DeleteRange range => pairs.Except(
                Enumerable.Range(PlaceOf(pairs, range.From), PlaceOf(pairs, range.To) - PlaceOf(pairs, range.From))
                    .Select(i => pairs[i])),
            _ => throw new InvalidOperationException($"no way to apply {change.GetType().Name}"),
        });
    }

    private static int PlaceOf(ImmutableSortedSet<Pair> pairs, byte[] key)
    {
        var index = pairs.IndexOf(new(key, []));
        return index < 0 ? ~index : index;
    }

    internal readonly record struct Pair(byte[] Key, byte[] Value)
    {
        internal static readonly IComparer<Pair> ByKey =
            Comparer<Pair>.Create((a, b) => a.Key.AsSpan().SequenceCompareTo(b.Key));
    }
}

using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Ledger.Node.Storage;

namespace Ledger.Node.Simulation;

/// <summary>
/// A key-value store in memory that keeps what RocksDB promises and no more: a crash takes away some of the last
/// batches that were not synced, whole and in order.
/// </summary>
internal sealed class SimulatedStore(SimulatedDisk disk) : IKeyValue
{
    // Each in the order of the keys. New keys mostly come last, where they move nothing.
    private readonly Dictionary<string, List<Pair>> families = new(StringComparer.Ordinal);

    // For each batch that a crash may take away: what was there before its changes.
    private readonly List<List<Before>> unsynced = [];

    public string Path { get; } = disk.PathOf("chain");

    public long MemoryBytes => 0;

    /// <summary>A copy of what no crash takes away.</summary>
    internal ImmutableDictionary<string, ImmutableArray<Pair>> Durable()
    {
        var copy = new SimulatedStore(disk);
        copy.Fill(families.Select(f => KeyValuePair.Create(f.Key, (IEnumerable<Pair>)f.Value)));
        unsynced.AsEnumerable().Reverse().ToList().ForEach(copy.Undo);
        return copy.families.ToImmutableDictionary(f => f.Key, f => f.Value.ToImmutableArray());
    }

    public byte[]? Get(string family, ReadOnlySpan<byte> key)
    {
        disk.Read();
        return families.TryGetValue(family, out var pairs) && PlaceOf(pairs, key) is var place and >= 0
            ? pairs[place].Value
            : null;
    }

    public IEnumerable<(byte[] Key, byte[] Value)> Scan(
        string family, byte[]? from = null, byte[]? to = null, bool reverse = false)
    {
        disk.Read();
        if (!families.TryGetValue(family, out var pairs))
            yield break;
        var start = from is null ? 0 : FirstFrom(pairs, from);
        // A copy, as whoever reads may write meanwhile and must not notice.
        var range = pairs.GetRange(start, Math.Max(0, (to is null ? pairs.Count : FirstFrom(pairs, to)) - start));
        for (var i = 0; i < range.Count; i++)
        {
            var (key, value) = range[reverse ? ^(i + 1) : i];
            yield return (key, value);
        }
    }

    public void Write(WriteBatch batch, bool sync)
    {
        disk.Write(batch.Changes.Count);
        var before = new List<Before>(batch.Changes.Count);
        foreach (var change in batch.Changes)
            Apply(change, before);
        unsynced.Add(before);
        disk.Interrupt();
        if (sync && disk.Sync(disk.StoreLies))
            unsynced.Clear();
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
        for (var lost = unsynced.Count - dice.Below(unsynced.Count + 1); lost > 0; lost--)
        {
            Undo(unsynced[^1]);
            unsynced.RemoveAt(unsynced.Count - 1);
        }
        unsynced.Clear();
    }

    internal void Replace(ImmutableDictionary<string, ImmutableArray<Pair>> content)
    {
        unsynced.Clear();
        families.Clear();
        Fill(content.Select(f => KeyValuePair.Create(f.Key, (IEnumerable<Pair>)f.Value)));
    }

    private void Fill(IEnumerable<KeyValuePair<string, IEnumerable<Pair>>> content)
    {
        foreach (var (family, pairs) in content)
            families[family] = [.. pairs];
    }

    private void Apply(WriteBatch.Change change, List<Before> before)
    {
        switch (change)
        {
            case WriteBatch.Change.Put put:
                before.Add(new(put.Family, put.Key, Set(put.Family, put.Key, put.Value)));
                break;
            case WriteBatch.Change.Delete delete:
                before.Add(new(delete.Family, delete.Key, Set(delete.Family, delete.Key, null)));
                break;
            case WriteBatch.Change.DeleteRange range:
                var pairs = Family(range.Family);
                var (start, end) = (FirstFrom(pairs, range.From), FirstFrom(pairs, range.To));
                foreach (var (key, value) in CollectionsMarshal.AsSpan(pairs)[start..end])
                    before.Add(new(range.Family, key, value));
                pairs.RemoveRange(start, end - start);
                break;
            default:
                throw new InvalidOperationException($"no way to apply {change.GetType().Name}");
        }
    }

    private void Undo(List<Before> batch)
    {
        foreach (var (family, key, value) in batch.AsEnumerable().Reverse())
            Set(family, key, value);
    }

    // Without a value the key goes. Gives the value before.
    private byte[]? Set(string family, byte[] key, byte[]? value)
    {
        var pairs = Family(family);
        var place = PlaceOf(pairs, key);
        var before = place < 0 ? null : pairs[place].Value;
        if (value is null && place >= 0)
            pairs.RemoveAt(place);
        else if (value is not null && place >= 0)
            pairs[place] = new(key, value);
        else if (value is not null)
            pairs.Insert(~place, new(key, value));
        return before;
    }

    private List<Pair> Family(string name) => families.TryGetValue(name, out var pairs) ? pairs : families[name] = [];

    private static int FirstFrom(List<Pair> pairs, byte[] key) => PlaceOf(pairs, key) is var place && place < 0
        ? ~place
        : place;

    // As List.BinarySearch says it: the complement of where the key belongs, if it is not there.
    private static int PlaceOf(List<Pair> pairs, ReadOnlySpan<byte> key)
    {
        var (low, high) = (0, pairs.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var order = pairs[middle].Key.AsSpan().SequenceCompareTo(key);
            if (order == 0)
                return middle;
            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }
        return ~low;
    }

    internal readonly record struct Pair(byte[] Key, byte[] Value);

    private readonly record struct Before(string Family, byte[] Key, byte[]? Value);
}

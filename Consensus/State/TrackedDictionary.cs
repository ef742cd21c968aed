using System.Collections;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Ledger.Consensus.State;

/// <summary>
/// A sorted map as an immutable value that knows which keys were set or removed since the last block, so that the
/// state's commitment takes up the changes without a look at all the rest.
/// </summary>
public sealed class TrackedDictionary<TKey, TValue> : IReadOnlyDictionary<TKey, TValue>
    where TKey : notnull
{
    private readonly ImmutableSortedDictionary<TKey, TValue> entries;

    private TrackedDictionary(ImmutableSortedDictionary<TKey, TValue> entries, ImmutableSortedSet<TKey> changed) =>
        (this.entries, Changed) = (entries, changed);

    public TrackedDictionary()
        : this(ImmutableSortedDictionary<TKey, TValue>.Empty, [])
    {
    }

    /// <summary>Keys that may have another value than after the last block, in ascending order.</summary>
    public ImmutableSortedSet<TKey> Changed { get; }

    public int Count => entries.Count;

    public bool IsEmpty => entries.IsEmpty;

    public IEnumerable<TKey> Keys => entries.Keys;

    public IEnumerable<TValue> Values => entries.Values;

    public TValue this[TKey key] => entries[key];

    public bool ContainsKey(TKey key) => entries.ContainsKey(key);

    public bool TryGetValue(TKey key, [MaybeNullWhen(false)] out TValue value) => entries.TryGetValue(key, out value);

    public TrackedDictionary<TKey, TValue> SetItem(TKey key, TValue value) =>
        new(entries.SetItem(key, value), Changed.Add(key));

    public TrackedDictionary<TKey, TValue> Remove(TKey key) => new(entries.Remove(key), Changed.Add(key));

    /// <summary>The same entries, with none of them changed.</summary>
    internal TrackedDictionary<TKey, TValue> Settled() => Changed.IsEmpty ? this : new(entries, []);

    public IEnumerator<KeyValuePair<TKey, TValue>> GetEnumerator() => entries.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

namespace Ledger.Node.Storage;

/// <summary>Bounds on keys in byte order.</summary>
internal static class KeyRange
{
    /// <summary>The first key that is greater than all with this prefix; null when there is none.</summary>
    internal static byte[]? After(ReadOnlySpan<byte> prefix)
    {
        var length = prefix.TrimEnd((byte)0xff).Length;
        if (length == 0)
            return null;
        var end = prefix[..length].ToArray();
        end[^1]++;
        return end;
    }

    /// <summary>The pairs whose key starts with <paramref name="prefix"/>.</summary>
    internal static IEnumerable<(byte[] Key, byte[] Value)> ScanPrefix(
        this IKeyValue map, string family, byte[] prefix, bool reverse = false) =>
        map.Scan(family, prefix, After(prefix), reverse);
}

using System.Text.Json;

namespace Ledger.Consensus.Chain;

/// <summary>
/// The fields of one JSON object, read by name: a missing or ill-typed field is one clear line, and so is a key that
/// nobody asked for, with the nearest known one as a hint.
/// </summary>
internal sealed class JsonFields
{
    private readonly Dictionary<string, JsonElement> fields = [];
    private readonly SortedSet<string> asked = new(StringComparer.Ordinal);
    private readonly string place;

    internal JsonFields(JsonElement element, string place)
    {
        this.place = place;
        if (element.ValueKind != JsonValueKind.Object)
            throw new GenesisException($"{place} is not an object", "write { \"key\": value, … }");
        foreach (var property in element.EnumerateObject())
            if (!fields.TryAdd(property.Name, property.Value))
                throw new GenesisException($"{place} has the key '{property.Name}' twice", "keep one of them");
    }

    internal string Text(string key) => Required(key, JsonValueKind.String, "text").GetString()!;

    internal ulong Number(string key, ulong max)
    {
        var element = Required(key, JsonValueKind.Number, "a number");
        return element.TryGetUInt64(out var value) && value <= max
            ? value
            : throw new GenesisException($"{place}: '{key}' is {element.GetRawText()}",
                $"write a whole number from 0 to {max}");
    }

    internal ulong Number(string key, ulong max, ulong otherwise) =>
        fields.ContainsKey(key) ? Number(key, max) : Skip(key, otherwise);

    internal JsonElement Object(string key) => Required(key, JsonValueKind.Object, "an object");

    internal JsonElement? ObjectOrNull(string key) =>
        fields.ContainsKey(key) ? Object(key) : Skip<JsonElement?>(key, null);

    internal IReadOnlyList<JsonElement> List(string key) =>
        fields.ContainsKey(key)
            ? [.. Required(key, JsonValueKind.Array, "a list").EnumerateArray()]
            : Skip<JsonElement[]>(key, []);

    internal Address Address(string key) => Chain.Address.TryParse(Text(key), out var address)
        ? address.Value
        : throw new GenesisException($"{place}: '{key}' is no address",
            "an address starts with led1; one wrong letter spoils it");

    internal Crypto.Digest Digest(string key) => Crypto.Digest.TryParse(Text(key), out var digest)
        ? digest.Value
        : throw new GenesisException($"{place}: '{key}' is no digest", "a digest is written as 64 hexadecimal digits");

    /// <summary>Call when all known keys have been read.</summary>
    internal void RejectUnknown()
    {
        foreach (var key in fields.Keys)
            if (!asked.Contains(key))
                throw new GenesisException($"{place} has an unknown key '{key}'", $"did you mean '{Nearest(key)}'?");
    }

    private JsonElement Required(string key, JsonValueKind kind, string expected)
    {
        asked.Add(key);
        if (!fields.TryGetValue(key, out var element))
            throw new GenesisException($"{place} has no '{key}'", $"add \"{key}\": {expected}");
        return element.ValueKind == kind
            ? element
            : throw new GenesisException($"{place}: '{key}' is not {expected}", $"write {expected} there");
    }

    private T Skip<T>(string key, T otherwise)
    {
        asked.Add(key);
        return otherwise;
    }

    private string Nearest(string key) => asked.MinBy(known => Distance(key, known)) ?? "";

    // Levenshtein's edit distance, one row at a time.
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substituted, 1 + Math.Min(row[j], row[j - 1]));
            }
        }
        return row[b.Length];
    }
}

using System.Text.Json;

namespace Ledger.Learning.Json;

/// <summary>What went wrong first while a JSON text was read, in one short line of printable characters, whatever the
/// text quotes; later faults are consequences.</summary>
internal sealed class Faults
{
    private const int CharactersMax = 400;

    internal string? First { get; private set; }

    internal void Add(string fault) => First ??= string.Concat(
        fault.Take(CharactersMax).Select(character => char.IsControl(character) ? ' ' : character))
        + (fault.Length > CharactersMax ? " …" : "");
}

/// <summary>Reads the members of one JSON object. Failure is sticky: a member that is absent or out of range gives a
/// default and the first fault is kept, so a reader reads straight through and looks at the faults once.</summary>
internal sealed class Fields(JsonElement json, string path, Faults faults)
{
    private readonly List<string> known = [];

    internal bool Has(string key)
    {
        known.Add(key);
        return json.ValueKind == JsonValueKind.Object && json.TryGetProperty(key, out _);
    }

    internal string Text(string key, int longest = Limits.FieldCharacters)
    {
        if (Find(key, JsonValueKind.String)?.GetString() is not { } text)
            return "";
        if (text.Length == 0 || text.Length > longest)
            Fault(key, $"has {text.Length} characters, from 1 to {longest} are allowed");
        return text;
    }

    internal string OneOf(string key, params string[] choices)
    {
        var text = Text(key);
        if (text.Length > 0 && !choices.Contains(text))
            Fault(key, $"is '{text}', {Spelling.Suggest(text, choices)}");
        return text;
    }

    internal bool Flag(string key)
        => Has(key) && Find(key, JsonValueKind.True, JsonValueKind.False)?.GetBoolean() == true;

    internal int Integer(string key, int least, int most)
    {
        if (Find(key, JsonValueKind.Number) is not { } number)
            return least;
        if (number.TryGetInt32(out var value) && value >= least && value <= most)
            return value;
        Fault(key, $"is {number.GetRawText()}, an integer from {least} to {most} is allowed");
        return least;
    }

    internal ulong Seed(string key)
    {
        if (Find(key, JsonValueKind.Number) is not { } number)
            return 0;
        if (!number.TryGetUInt64(out var value))
            Fault(key, $"is {number.GetRawText()}, an integer from 0 to {ulong.MaxValue} is allowed");
        return value;
    }

    internal ulong[] Seeds(string key, int most)
    {
        var elements = Elements(key, most);
        if (elements.All(element => element.ValueKind == JsonValueKind.Number && element.TryGetUInt64(out _)))
            return [.. elements.Select(element => element.GetUInt64())];
        Fault(key, $"has an element that is not an integer from 0 to {ulong.MaxValue}");
        return [];
    }

    internal double Number(string key, double least, double most)
    {
        if (Find(key, JsonValueKind.Number) is not { } number)
            return least;
        if (number.TryGetDouble(out var value) && value >= least && value <= most)
            return value;
        Fault(key, $"is {number.GetRawText()}, a number from {least} to {most} is allowed");
        return least;
    }

    /// <summary>From 0 to <paramref name="most"/>; 0 where it is absent.</summary>
    internal double NumberOrZero(string key, double most) => Has(key) ? Number(key, 0, most) : 0;

    /// <summary>The elements of an array, at most <paramref name="most"/> of them.</summary>
    internal JsonElement[] Elements(string key, int most)
    {
        if (Find(key, JsonValueKind.Array) is not { } array)
            return [];
        if (array.GetArrayLength() is var count && (count == 0 || count > most))
        {
            Fault(key, $"has {count} elements, from 1 to {most} are allowed");
            return [];
        }

        return [.. array.EnumerateArray()];
    }

    /// <summary>Different strings, in their order; none of them where one is at fault.</summary>
    internal string[] Texts(string key, int most)
    {
        var elements = Elements(key, most);
        if (elements.Any(element => element.ValueKind != JsonValueKind.String))
        {
            Fault(key, "has an element that is not text");
            return [];
        }

        var texts = elements.Select(element => element.GetString()!).ToArray();
        if (texts.Any(text => text.Length is 0 or > Limits.FieldCharacters) || texts.Distinct().Count() != texts.Length)
        {
            Fault(key, "has an element that is empty, too long or repeated");
            return [];
        }

        return texts;
    }

    internal Fields Object(string key)
        => Find(key, JsonValueKind.Object) is { } inner
            ? new(inner, Path(key), faults)
            : new(default, Path(key), faults);

    internal void Fault(string key, string what) => faults.Add($"'{Path(key)}' {what}");

    /// <summary>Call after the last member was read: a key that nobody asked for is a spelling mistake.</summary>
    internal void RejectUnknown()
    {
        if (json.ValueKind != JsonValueKind.Object)
            return;
        foreach (var member in json.EnumerateObject())
            if (faults.First is null && !known.Contains(member.Name))
                faults.Add($"unknown key '{Path(member.Name)}', {Spelling.Suggest(member.Name, known)}");
    }

    private string Path(string key) => path.Length == 0 ? key : $"{path}.{key}";

    private JsonElement? Find(string key, params JsonValueKind[] kinds)
    {
        if (!Has(key))
        {
            Fault(key, "is missing");
            return null;
        }

        var value = json.GetProperty(key);
        if (kinds.Contains(value.ValueKind))
            return value;
        Fault(key, $"is {value.ValueKind}, {kinds[0]} is wanted".ToLowerInvariant());
        return null;
    }
}

using System.Text.Json;

namespace Ledger.Learning.Experiments;

/// <summary>An experiment file with a "grid": for each combination of the values that it lists, the file with these
/// values in place of its own.</summary>
internal static class Grid
{
    private const string Key = "grid";

    internal static IEnumerable<(string Label, JsonElement Fields)> Cells(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty(Key, out var grid))
            return [("", root.Clone())];
        if (grid.ValueKind != JsonValueKind.Object
            || grid.EnumerateObject().Any(axis => axis.Value.ValueKind != JsonValueKind.Array))
            throw new DataException("'grid' lists values by key", "\"grid\": { \"rule\": [\"mean\", \"median\"] }");
        if (grid.EnumerateObject().FirstOrDefault(axis => axis.Value.GetArrayLength() == 0) is
            { Value.ValueKind: JsonValueKind.Array } empty)
            throw new DataException($"'grid' lists no value of '{empty.Name}'", "give it one at least");
        IEnumerable<JsonProperty[]> combinations = [[]];
        foreach (var axis in grid.EnumerateObject())
            combinations = combinations.SelectMany(cell => axis.Value.EnumerateArray().Select(value =>
                (JsonProperty[])[.. cell, Property(axis.Name, value)]));
        return combinations.Select(cell => (Label(cell), Merged(root, cell)));
    }

    private static string Label(JsonProperty[] cell)
        => string.Join(' ', cell.Select(each => $"{each.Name}={each.Value}"));

    private static JsonProperty Property(string name, JsonElement value)
        => JsonSerializer.SerializeToElement(new Dictionary<string, JsonElement> { [name] = value }).EnumerateObject()
            .First();

    private static JsonElement Merged(JsonElement root, JsonProperty[] cell)
        => JsonSerializer.SerializeToElement(root.EnumerateObject()
            .Where(member => member.Name != Key && cell.All(each => each.Name != member.Name))
            .Concat(cell).ToDictionary(member => member.Name, member => member.Value));
}

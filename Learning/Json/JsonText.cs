using System.Text.Json;

namespace Ledger.Learning.Json;

/// <summary>JSON as people and strangers write it: with comments and trailing commas, each key once.</summary>
internal static class JsonText
{
    private static readonly JsonDocumentOptions Reading = new()
    {
        CommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        AllowDuplicateProperties = false,
        MaxDepth = Limits.RecipeDepth,
    };

    /// <exception cref="JsonException">The text is not JSON, too deep, has a key twice, or an escape that is half of a
    /// surrogate pair; without a line in the last two cases.</exception>
    internal static T Read<T>(string text, Func<JsonElement, T> read)
    {
        try
        {
            using var document = JsonDocument.Parse(text, Reading);
            return read(document.RootElement);
        }
        catch (InvalidOperationException e)
        {
            // What the library throws where half of a surrogate pair is to be a key or text.
            throw new JsonException("half of a surrogate pair", e);
        }
    }
}

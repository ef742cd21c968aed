using System.Text.Encodings.Web;
using System.Text.Json;

namespace Ledger.Node.Http;

/// <summary>How views are written: camelCase, on one line, with letters of every language as they are.</summary>
internal static class ViewJson
{
    internal static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    internal static string Write<T>(T view) => JsonSerializer.Serialize(view, Options);
}

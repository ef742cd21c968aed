using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Ledger.Learning.Json;

namespace Ledger.Node.Cli;

/// <summary>
/// A training task as a file: JSON with comments, whose keys are the options of <see cref="TaskOptions"/>. What a
/// person gives as <c>--local-epochs 3</c> is <c>"local-epochs": 3</c> here, read and refused by the same parser.
/// </summary>
internal static class TaskFile
{
    private const int BytesMax = 1 << 20;
    private static readonly JsonDocumentOptions Lenient = new()
    {
        CommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        AllowDuplicateProperties = false,
        MaxDepth = 2,
    };

    // A person reads it: a plus sign stays one.
    private static readonly JsonSerializerOptions Plain =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>One page: each option explained; those that say nothing are there as comments.</summary>
    internal static string Write(TaskOptions options, ParseResult parsed)
    {
        var page = new StringBuilder(
            "// A training task. Edit it, then put it on the chain: ledger task create FILE\n{\n");
        foreach (var option in options.All)
        {
            var value = Value(option, parsed);
            page.Append("  // ").Append(option.Description).Append('\n')
                .Append(value is null ? "  // " : "  ").Append('"').Append(Key(option)).Append("\": ")
                .Append(value ?? Example(option)).Append(",\n\n");
        }
        return page.Remove(page.Length - 1, 1).Append("}\n").ToString();
    }

    /// <summary>The options as the file sets them. Paths are seen from the file's folder.</summary>
    internal static ParseResult Read(string path, TaskOptions options)
    {
        if (!File.Exists(path))
            throw new OperatorException($"no file '{path}'", "make one with: ledger task new");
        if (new FileInfo(path).Length > BytesMax)
            throw new OperatorException($"{path}: more than {BytesMax} bytes", "a task file is one page of text");
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path), Lenient);
            return Parse(path, document.RootElement, options);
        }
        catch (JsonException e)
        {
            throw new OperatorException($"{path}: line {e.LineNumber + 1}: not JSON, nested, or a key is there twice",
                "ledger task new writes one that reads");
        }
    }

    private static ParseResult Parse(string path, JsonElement root, TaskOptions options)
    {
        if (root.ValueKind != JsonValueKind.Object)
            throw new OperatorException($"{path}: not a JSON object", "ledger task new writes one that reads");
        var command = new Command("task");
        options.AddTo(command);
        var words = new List<string>();
        foreach (var member in root.EnumerateObject())
        {
            var option = options.All.FirstOrDefault(each => Key(each) == member.Name)
                ?? throw new OperatorException($"{path}: unknown key '{member.Name}'",
                    Spelling.Suggest(member.Name, [.. options.All.Select(Key)]));
            var word = member.Value.ValueKind == JsonValueKind.String
                ? member.Value.GetString()!
                : member.Value.GetRawText();
            words.Add($"{option.Name}={(option == options.Data ? From(path, word) : word)}");
        }
        var parsed = command.Parse(words);
        return Misuse.Find(parsed) is { } mistake
            ? throw new OperatorException($"{path}: {mistake.Message.Replace("--", "", StringComparison.Ordinal)}",
                "ledger task new explains every key")
            : parsed;
    }

    private static string From(string path, string data) => data == DataFiles.Digits
        ? data
        : string.Join(',', data.Split(',').Select(part =>
            Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, part.Trim())));

    private static string Key(Option option) => option.Name[2..];

    // What was given, or what stands where nothing is; null where the task decides by its data.
    private static string? Value(Option option, ParseResult parsed) =>
        parsed.GetResult(option)?.GetValueOrDefault<object>() switch
        {
            null => null,
            string text => JsonSerializer.Serialize(text, Plain),
            IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
            var other => throw new InvalidOperationException($"an option of {other.GetType().Name}"),
        };

    private static string Example(Option option) =>
        option.ValueType == typeof(string) ? $"\"{option.HelpName}\"" : option.HelpName!;
}

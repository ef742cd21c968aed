using System.CommandLine;
using System.Text.Json;
using Ledger.Learning.Json;

namespace Ledger.Node.Cli;

/// <summary>
/// Options as a file: JSON with comments, whose keys are the options' names. What a person gives as <c>--rounds 3</c>
/// is <c>"rounds": 3</c> here, read and refused by the same parser.
/// </summary>
internal static class OptionFile
{
    private const int BytesMax = 1 << 20;
    private static readonly JsonDocumentOptions Lenient = new()
    {
        CommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        AllowDuplicateProperties = false,
        MaxDepth = 2,
    };

    /// <summary>What a key of the file is called.</summary>
    internal static string Key(Option option) => option.Name[2..];

    /// <summary>The words of a command line that say the same as the file, option by option.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">Those that it may set.</param>
    /// <param name="place">A value as it is meant, such as a path that is seen from the file's folder.</param>
    /// <param name="help">What to type about a mistake.</param>
    internal static IReadOnlyList<(Option Option, string[] Words)> Read(
        string path, IReadOnlyList<Option> options, Func<Option, string, string> place, string help)
    {
        if (!File.Exists(path))
            throw new OperatorException($"no file '{path}'", help);
        if (new FileInfo(path).Length > BytesMax)
            throw new OperatorException($"{path}: more than {BytesMax} bytes", "such a file is one page of text");
        try
        {
            using var document = JsonDocument.Parse(TextFile.ReadBytes(path, help), Lenient);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new OperatorException($"{path}: not a JSON object", help);
            return [.. document.RootElement.EnumerateObject().Select(Words)];
        }
        catch (JsonException e)
        {
            throw new OperatorException(
                $"{path}: line {e.LineNumber + 1}: not JSON, nested, or a key is there twice", help);
        }

        (Option, string[]) Words(JsonProperty member)
        {
            var option = options.FirstOrDefault(each => Key(each) == member.Name)
                ?? throw new OperatorException($"{path}: unknown key '{member.Name}'",
                    Spelling.Suggest(member.Name, [.. options.Select(Key)]));
            if (option.ValueType == typeof(bool)
                && member.Value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
                throw new OperatorException(
                    $"{path}: '{Text(member.Value)}' is no value for {member.Name}", $"write true or false; {help}");
            string[] words =
                [.. Values(option, member.Value).Select(value => $"{option.Name}={place(option, value)}")];
            return Misuse.Find(new Command("file") { option }.Parse(words)) is { } mistake
                ? throw new OperatorException(
                    $"{path}: {mistake.Message.Replace("--", "", StringComparison.Ordinal)}", help)
                : (option, words);
        }
    }

    /// <summary>A path as seen from the folder of the file that names it.</summary>
    internal static string From(string file, string path) =>
        Path.Combine(Path.GetDirectoryName(Path.GetFullPath(file))!, path);

    // An option that may be repeated takes an array.
    private static IEnumerable<string> Values(Option option, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array when option.ValueType.IsArray => value.EnumerateArray().Select(Text),
        JsonValueKind.Array when option.ValueType == typeof(string) =>
            throw new OperatorException($"'{Key(option)}' takes one value", $"write it as \"{Key(option)}\": \"…\""),
        _ => [Text(value)],
    };

    private static string Text(JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
}

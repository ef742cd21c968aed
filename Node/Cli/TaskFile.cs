using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Ledger.Node.Cli;

/// <summary>
/// A training task as a file whose keys are the options of <see cref="TaskOptions"/>: see <see cref="OptionFile"/>.
/// </summary>
internal static class TaskFile
{
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
                .Append(value is null ? "  // " : "  ").Append('"').Append(OptionFile.Key(option)).Append("\": ")
                .Append(value ?? Example(option)).Append(",\n\n");
        }
        return page.Remove(page.Length - 1, 1).Append("}\n").ToString();
    }

    /// <summary>The options as the file sets them. Paths are seen from the file's folder.</summary>
    internal static ParseResult Read(string path, TaskOptions options)
    {
        var said = OptionFile.Read(path, options.All,
            (option, value) => option == options.Data ? From(path, value) : value,
            "make one with: ledger task new; it explains every key");
        var command = new Command("task");
        options.AddTo(command);
        return command.Parse([.. said.SelectMany(each => each.Words)]);
    }

    private static string From(string path, string data) => data == DataFiles.Digits
        ? data
        : string.Join(',', data.Split(',').Select(part => OptionFile.From(path, part.Trim())));

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

using System.CommandLine;
using System.Globalization;
using Ledger.Learning.Data;
using Ledger.Learning.Models;
using Ledger.Node.Http;

namespace Ledger.Node.Cli;

/// <summary><c>ledger model predict</c>: the canonical model on rows of a file; their labels, where given, are its
/// exam.</summary>
internal static class ModelPredictCommand
{
    private static readonly Argument<string> Data = new("FILE") { Description = DataFiles.Kinds };

    internal static Command Create(Terminal terminal)
    {
        var command = new LedgerCommand("predict", "run rows through the canonical model: class and probability a row",
            "ledger model predict new-patients.csv", "ledger model predict t10k-images-idx3-ubyte.gz --json")
        {
            Data, SharedOptions.Task, ModelCommand.Round, SharedOptions.Home, SharedOptions.Json,
        };
        command.SetAction((parsed, stop) => Run(terminal, parsed, stop));
        return command;
    }

    private static async Task<int> Run(Terminal terminal, ParseResult parsed, CancellationToken stop)
    {
        using var node = RunningNode.Of(parsed);
        using var model = await CanonicalModel.Fetch(node, parsed, stop);
        var data = parsed.GetRequiredValue(Data);
        var (features, labels) = Encode(model.Recipe.Schema, DataFiles.Open(data));
        if (features.Length == 0)
            throw new OperatorException($"'{data}' has no rows to predict", "a header alone is not enough");
        var probabilities = Inference.Predict(model.Model, model.Parameters, features);
        var result = PredictionsView.Of(model.Recipe.Schema, probabilities, labels);
        terminal.Result(parsed.IsJson(), result, string.Join('\n', result.Predictions.Select(
            p => p.Value is { } number
                ? number.ToString(CultureInfo.InvariantCulture)
                : string.Create(CultureInfo.InvariantCulture, $"{Shown(p.Class)}\t{p.Probability:0.0000}"))));
        if (result.Total is { } total && !parsed.IsJson())
            terminal.Error.WriteLine(
                $"accuracy: {Figures.Percent(result.Accuracy)} ({result.Correct} of {total} rows"
                + (result.RootMeanSquaredError is { } error
                    ? string.Create(CultureInfo.InvariantCulture,
                        $" within half a standard deviation); root mean squared error: {error}")
                    : ")"));
        return ExitCode.Done;
    }

    // A line break is a character that may follow in a text, but the end of a row here.
    private static string? Shown(string? name) => name == "\n" ? "\\n" : name;

    // Rows to predict seldom have labels; those that all have one tell how good the model is.
    private static (float[] Features, int[]? Labels) Encode(Schema schema, IReadOnlyList<Source> sources)
    {
        var parts = sources.Select(source => Encode(schema, source)).ToList();
        return ([.. parts.SelectMany(part => part.Features)],
            parts.All(part => part.Labels is not null) ? [.. parts.SelectMany(part => part.Labels!)] : null);
    }

    private static (float[] Features, int[]? Labels) Encode(Schema schema, Source source)
    {
        if (schema is not TableSchema table || source is not Table rows || HasLabels(table, rows))
        {
            var encoded = schema.Encode(source);
            return (encoded.Features, encoded.Labels);
        }
        return (table.EncodeFeatures(rows), null);
    }

    private static bool HasLabels(TableSchema schema, Table table)
    {
        var sign = schema.Label.LastIndexOf('>');
        var column = sign > 0 && !table.Columns.Contains(schema.Label) ? schema.Label[..sign].Trim() : schema.Label;
        var index = Array.IndexOf(table.Columns, column);
        return index >= 0 && table.Cells.All(cells => cells[index].Length > 0);
    }
}

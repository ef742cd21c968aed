using System.Globalization;
using System.Text.Json.Serialization;
using Ledger.Learning.Aggregation;
using Ledger.Learning.Experiments;
using Ledger.Learning.Models;

namespace Ledger.Node.Cli.Devnet;

/// <summary><c>--compare</c>: what each node would have reached alone, and all rows in one place.</summary>
internal static class DevnetComparison
{
    internal static IReadOnlyList<FitView> Of(
        Terminal terminal, DevnetPlan plan, byte[] parameters, int rounds, CancellationToken stop)
    {
        using var model = TorchModel.Open(
            plan.Recipe, plan.ModelFile is { } path ? File.ReadAllBytes(path) : null);
        if (!Parameters.TryDecode(parameters, model.ParameterCount, out var joint))
            throw new OperatorException("the nodes hold no parameters of this model", "run again with --keep");
        var fits = new List<FitView>();
        terminal.Error.WriteLine($"comparing: each node alone, then all rows in one place ({plan.Nodes + 1} runs)");
        foreach (var fit in Comparison.Of(model, plan.Recipe, plan.Shards, joint, rounds, stop))
            fits.Add(new(fit.Who, fit.Rows, fit.Accuracy, fit.AveragePrecision, fit.RootMeanSquaredError));
        return fits;
    }

    internal static string Text(IReadOnlyList<FitView> fits)
    {
        var more = fits switch
        {
            [{ AveragePrecision: not null }, ..] => "average precision",
            [{ RootMeanSquaredError: not null }, ..] => "root mean squared error",
            _ => null,
        };
        return TextTable.Of(
            ["trained on", "rows", "accuracy", .. more is null ? (string[])[] : [more]],
            fits.Select(fit => (string[])[fit.Who, $"{fit.Rows}", Figures.Percent(fit.Accuracy),
                .. more is null ? (string[])[] : [More(fit)]]));
    }

    private static string More(FitView fit) => fit.RootMeanSquaredError is { } error
        ? error.ToString("g4", CultureInfo.InvariantCulture)
        : Figures.Percent(fit.AveragePrecision);
}

/// <summary>One way to train, measured on the rows that all nodes hold out.</summary>
internal sealed record FitView(
    string Who, int Rows, double Accuracy,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? AveragePrecision,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? RootMeanSquaredError);

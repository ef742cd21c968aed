using System.Text.Json;
using Ledger.Learning.Data;
using Ledger.Learning.Json;
using Ledger.Learning.Recipes;

namespace Ledger.Learning.Experiments;

/// <summary>A series of rounds in one process, as a file describes it: which data, dealt to how many contributors, who
/// of them cheats, and the recipe of the task.</summary>
public sealed record Experiment
{
    public required string Name { get; init; }

    /// <summary>A folder with MNIST's four files, below the folder of all data.</summary>
    public required string Data { get; init; }

    /// <summary>How many of the training rows are dealt, chosen by the seed; 0 for all.</summary>
    public int Rows { get; init; }

    public required int Contributors { get; init; }

    /// <summary>The share of them that trains in a round (C of McMahan et al., 2017).</summary>
    public double FractionTrain { get; init; } = 1;

    public required string Split { get; init; }

    /// <summary>The share of each contributor's rows that it does not train on: scorers take their steps on
    /// them.</summary>
    public double Validation { get; init; }

    public required int Rounds { get; init; }

    /// <summary>A run ends here, as the number of rounds to this accuracy is what is asked; 0 for no target.</summary>
    public double Target { get; init; }

    public required IReadOnlyList<ulong> Seeds { get; init; }

    /// <summary>How many contributors judge each round's updates; 0 where nobody does.</summary>
    public int Committee { get; init; }

    public string Attack { get; init; } = Attacks.Attack.NoneName;

    public int Attackers { get; init; }

    /// <summary>The task's recipe, but for the schema, which comes with the data.</summary>
    public required Recipe Recipe { get; init; }

    /// <summary>What tells this one from the others of its file.</summary>
    public required string Cell { get; init; }

    /// <summary>The experiments of a file: one for each combination of what its "grid" lists.</summary>
    public static IReadOnlyList<Experiment> Read(string name, string text)
    {
        try
        {
            return JsonText.Read<Experiment[]>(text, root =>
                [.. Grid.Cells(root).Select(cell => Read(name, cell.Label, cell.Fields))]);
        }
        catch (JsonException e)
        {
            throw new DataException($"{name}: line {e.LineNumber + 1}: not JSON, or a key is there twice", null, e);
        }
    }

    private static Experiment Read(string name, string cell, JsonElement root)
    {
        var faults = new Faults();
        var fields = new Fields(root, "", faults);
        var experiment = Read(name, cell, fields);
        fields.RejectUnknown();
        return faults.First is { } fault ? throw new DataException($"{name}: {fault}") : experiment;
    }

    private static Experiment Read(string name, string cell, Fields fields)
    {
        var recipe = RecipeText.ReadTraining(fields, RecipeText.ReadModel(fields), new ImageSchema(1, 1, 0, 1, []));
        return new()
        {
            Name = name,
            Cell = cell,
            Recipe = recipe,
            Data = fields.Text("data"),
            Rows = fields.Has("rows") ? fields.Integer("rows", 1, Limits.Rows) : 0,
            Contributors = fields.Integer("contributors", 1, Limits.Parts),
            FractionTrain = fields.Has("fraction-train") ? fields.Number("fraction-train", 0, 1) : 1,
            Split = fields.Text("split"),
            Validation = fields.Has("validation") ? fields.Number("validation", 0, 0.9) : 0,
            Rounds = fields.Integer("rounds", 1, Limits.ExperimentRounds),
            Target = fields.Has("target") ? fields.Number("target", 0, 1) : 0,
            Seeds = fields.Seeds("seeds", Limits.Seeds),
            Committee = fields.Has("committee") ? fields.Integer("committee", 0, Limits.Scorers) : 0,
            Attack = fields.Has("attack") ? fields.OneOf("attack", [.. Attacks.Attack.Names]) : Attacks.Attack.NoneName,
            Attackers = fields.Has("attackers") ? fields.Integer("attackers", 0, Limits.Parts) : 0,
        };
    }
}

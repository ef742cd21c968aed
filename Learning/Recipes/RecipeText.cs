using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using Ledger.Learning.Aggregation;
using Ledger.Learning.Data;
using Ledger.Learning.Json;

namespace Ledger.Learning.Recipes;

/// <summary>A recipe as JSON: kebab-case keys, written in one fixed form, read with comments and in any
/// order.</summary>
internal static class RecipeText
{
    private const string Loss = "cross-entropy";
    private const string Optimiser = "sgd";

    internal static string Write(Recipe recipe)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            WriteModel(json, recipe);
            WriteTraining(json, recipe);
            WriteAggregation(json, recipe);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    internal static bool TryRead(
        string text, [NotNullWhen(true)] out Recipe? recipe, [NotNullWhen(false)] out string? error)
    {
        (recipe, error) = (null, null);
        if (text.Length > Limits.RecipeCharacters)
        {
            error = $"a recipe of {text.Length} characters, the limit is {Limits.RecipeCharacters}";
            return false;
        }

        try
        {
            using var document = JsonDocument.Parse(text, new()
            {
                CommentHandling = JsonCommentHandling.Skip,
                AllowTrailingCommas = true,
                AllowDuplicateProperties = false,
                MaxDepth = Limits.RecipeDepth,
            });
            return TryRead(document.RootElement, out recipe, out error);
        }
        catch (JsonException e)
        {
            error = e.LineNumber is { } line ? $"line {line + 1}: not JSON" : "not JSON: a key is there twice";
            return false;
        }
    }

    private static bool TryRead(
        JsonElement root, [NotNullWhen(true)] out Recipe? recipe, [NotNullWhen(false)] out string? error)
    {
        var faults = new Faults();
        if (root.ValueKind != JsonValueKind.Object)
            faults.Add("a recipe is a JSON object");
        recipe = Read(new Fields(root, "", faults), faults);
        error = faults.First;
        if (error is not null)
            recipe = null;
        return recipe is not null;
    }

    private static Recipe Read(Fields fields, Faults faults)
    {
        var model = ReadModel(fields);
        var schema = SchemaText.Read(fields.Object("schema"), faults);
        fields.OneOf("loss", Loss);
        fields.OneOf("optimiser", Optimiser);
        var recipe = new Recipe
        {
            Model = model,
            Schema = schema,
            LearningRate = fields.Number("learning-rate", 1e-9, Limits.LearningRate),
            Momentum = fields.Has("momentum") ? fields.Number("momentum", 0, 0.999) : 0,
            BatchSize = fields.Integer("batch-size", 1, Limits.BatchSize),
            LocalEpochs = fields.Integer("local-epochs", 1, Limits.LocalEpochs),
            Seed = fields.Seed("seed"),
            Rule = ReadRule(fields),
            UpdateExponent = fields.Has("update-exponent")
                ? fields.Integer("update-exponent", 0, Limits.UpdateExponent)
                : 8,
        };
        fields.RejectUnknown();
        return recipe;
    }

    private static ModelChoice ReadModel(Fields fields)
    {
        var name = fields.OneOf("model", [.. ModelChoice.BuiltIn, ModelChoice.File]);
        if (name != ModelChoice.File)
            return new(name);
        var hash = fields.Text("model-file");
        if (hash.Length > 0 && (hash.Length != 64 || !hash.All(char.IsAsciiHexDigitLower)))
            fields.Fault("model-file", "is not a SHA-256 of 64 lower-case hex digits");
        return new(name, hash);
    }

    private static AggregationRule ReadRule(Fields fields)
        => fields.OneOf("rule", AggregationRule.MeanName, AggregationRule.TrimmedMeanName)
                == AggregationRule.TrimmedMeanName
            ? AggregationRule.TrimmedMean(fields.Integer("trim", 1, (Limits.Updates - 1) / 2))
            : AggregationRule.Mean;

    private static void WriteModel(Utf8JsonWriter json, Recipe recipe)
    {
        json.WriteString("model", recipe.Model.Name);
        if (recipe.Model.FileHash is { } hash)
            json.WriteString("model-file", hash);
        json.WritePropertyName("schema");
        SchemaText.Write(json, recipe.Schema);
    }

    private static void WriteTraining(Utf8JsonWriter json, Recipe recipe)
    {
        json.WriteString("loss", Loss);
        json.WriteString("optimiser", Optimiser);
        json.WriteNumber("learning-rate", recipe.LearningRate);
        json.WriteNumber("momentum", recipe.Momentum);
        json.WriteNumber("batch-size", recipe.BatchSize);
        json.WriteNumber("local-epochs", recipe.LocalEpochs);
        json.WriteNumber("seed", recipe.Seed);
    }

    private static void WriteAggregation(Utf8JsonWriter json, Recipe recipe)
    {
        json.WriteString("rule", recipe.Rule.Name);
        if (recipe.Rule.Trims)
            json.WriteNumber("trim", recipe.Rule.Trim);
        json.WriteNumber("update-exponent", recipe.UpdateExponent);
    }
}

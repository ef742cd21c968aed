using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using Ledger.Learning.Aggregation;
using Ledger.Learning.Data;
using Ledger.Learning.Json;
using Ledger.Learning.Rounds;

namespace Ledger.Learning.Recipes;

/// <summary>A recipe as JSON: kebab-case keys, written in one fixed form, read with comments and in any
/// order.</summary>
internal static class RecipeText
{
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
            (recipe, error) = JsonText.Read(text, Read);
            return recipe is not null;
        }
        catch (JsonException e)
        {
            error = e.LineNumber is { } line
                ? $"line {line + 1}: not JSON"
                : "not JSON: a key is there twice, or half of a surrogate pair";
            return false;
        }
    }

    private static (Recipe? Recipe, string? Error) Read(JsonElement root)
    {
        var faults = new Faults();
        if (root.ValueKind != JsonValueKind.Object)
            faults.Add("a recipe is a JSON object");
        var recipe = Read(new Fields(root, "", faults), faults);
        return faults.First is { } error ? (null, error) : (recipe, null);
    }

    private static Recipe Read(Fields fields, Faults faults)
    {
        var recipe = ReadTraining(fields, ReadModel(fields), SchemaText.Read(fields.Object("schema"), faults));
        fields.OneOf("loss", recipe.Loss);
        fields.RejectUnknown();
        return recipe;
    }

    /// <summary>All but model and schema, which may come from elsewhere.</summary>
    internal static Recipe ReadTraining(Fields fields, ModelChoice model, Schema schema)
        => new()
        {
            Model = model,
            Schema = schema,
            Optimiser = fields.OneOf("optimiser", Recipe.Sgd, Recipe.AdamW),
            LearningRate = fields.Number("learning-rate", 1e-9, Limits.LearningRate),
            Momentum = fields.NumberOrZero("momentum", 0.999),
            WeightDecay = fields.NumberOrZero("weight-decay", 1),
            ProximalMu = fields.NumberOrZero("proximal-mu", Limits.ProximalMu),
            BatchSize = fields.Integer("batch-size", 1, Limits.BatchSize),
            LocalEpochs = fields.Integer("local-epochs", 1, Limits.LocalEpochs),
            Seed = fields.Has("seed") ? fields.Seed("seed") : 0,
            Rule = ReadRule(fields),
            Server = ReadServer(fields),
            Format = fields.Has("update-format")
                ? UpdateFormats.Find(fields.OneOf("update-format", [.. UpdateFormats.Names])) ?? UpdateFormat.Int8
                : UpdateFormat.Int8,
            UpdateExponent = fields.Has("update-exponent")
                ? fields.Integer("update-exponent", 0, Limits.UpdateExponent)
                : 8,
        };

    internal static ModelChoice ReadModel(Fields fields)
    {
        var name = fields.OneOf("model", [.. ModelChoice.BuiltIn, ModelChoice.File]);
        if (name != ModelChoice.File)
            return new(name);
        var hash = fields.Text("model-file");
        if (hash.Length > 0 && (hash.Length != 64 || !hash.All(char.IsAsciiHexDigitLower)))
            fields.Fault("model-file", "is not a SHA-256 of 64 lower-case hex digits");
        return new(name, hash);
    }

    internal static AggregationRule ReadRule(Fields fields)
    {
        var name = fields.Text("rule");
        if (name.Length > 0 && !AggregationRule.IsName(name))
            fields.Fault("rule", $"is '{name}', a rule is one of {string.Join(", ", AggregationRule.CombinerNames)}, "
                + $"with any of {string.Join(", ", AggregationRule.StepNames)} and '+' before it");
        return new(name, fields.Has("f") ? fields.Integer("f", 0, (Limits.Updates - 1) / 2) : null);
    }

    internal static ServerOptimiser ReadServer(Fields fields)
    {
        if (!fields.Has("server-optimiser"))
            return ServerOptimiser.None;
        var name = fields.OneOf("server-optimiser", [.. ServerOptimiser.Names]);
        return new(name, Share("server-learning-rate", Limits.ServerLearningRate), Share("server-momentum", 0.999));

        int Share(string key, double most)
            => (int)Math.Round(fields.Number(key, 0, most) * ServerOptimiser.Whole, MidpointRounding.AwayFromZero);
    }

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
        json.WriteString("loss", recipe.Loss);
        json.WriteString("optimiser", recipe.Optimiser);
        json.WriteNumber("learning-rate", recipe.LearningRate);
        json.WriteNumber("momentum", recipe.Momentum);
        if (recipe.WeightDecay > 0)
            json.WriteNumber("weight-decay", recipe.WeightDecay);
        if (recipe.ProximalMu > 0)
            json.WriteNumber("proximal-mu", recipe.ProximalMu);
        json.WriteNumber("batch-size", recipe.BatchSize);
        json.WriteNumber("local-epochs", recipe.LocalEpochs);
        json.WriteNumber("seed", recipe.Seed);
    }

    private static void WriteAggregation(Utf8JsonWriter json, Recipe recipe)
    {
        json.WriteString("rule", recipe.Rule.Name);
        if (recipe.Rule.F is { } f)
            json.WriteNumber("f", f);
        if (recipe.Server != ServerOptimiser.None)
        {
            json.WriteString("server-optimiser", recipe.Server.Name);
            json.WriteNumber("server-learning-rate", recipe.Server.Rate / (double)ServerOptimiser.Whole);
            json.WriteNumber("server-momentum", recipe.Server.Momentum / (double)ServerOptimiser.Whole);
        }
        if (recipe.Format != UpdateFormat.Int8)
            json.WriteString("update-format", recipe.Format.Name());
        json.WriteNumber("update-exponent", recipe.UpdateExponent);
    }
}

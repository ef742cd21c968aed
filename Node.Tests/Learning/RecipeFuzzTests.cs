using System.Text;
using System.Text.Json.Nodes;
using Ledger.Learning;
using Ledger.Learning.Aggregation;
using Ledger.Learning.Data;
using Ledger.Learning.Recipes;

namespace Ledger.Node.Tests.Learning;

/// <summary>
/// A recipe comes from whoever pays for a task, and every node reads it: true recipes with hostile values in the place
/// of good ones and with broken bytes, under one rule. It is refused with one short line, or it is a recipe that says
/// itself again, and the model for it is made or refused as a matter of data.
/// </summary>
internal sealed class RecipeFuzzTests
{
    private static readonly Recipe Table = new()
    {
        Model = new("mlp"),
        Schema = new TableSchema(
            [new NumericColumn("age", 53.5f, 9.4f, true), new CategoricalColumn("sex", ["F", "M"])],
            "num>0", ["num<=0", "num>0"]),
        LearningRate = 0.1,
        Momentum = 0.9,
        ProximalMu = 0.1,
        BatchSize = 32,
        LocalEpochs = 2,
        Rule = AggregationRule.TrimmedMean(1),
    };

    private static readonly string[] Recipes =
    [
        Table.ToJson(),
        (Table with { Schema = new TableSchema([new NumericColumn("age", 1, 1, false)], "price", [],
            new NumericColumn("price", 20, 5, false)) }).ToJson(),
        (Table with { Model = new("cnn"), Schema = new ImageSchema(28, 28, 0.13f, 0.3f, ["0", "1"], 3) }).ToJson(),
        (Table with { Model = new("transformer"), Schema = new TextSchema(80, [TextSchema.Unknown, "a", "\n"]) })
            .ToJson(),
        (Table with { Model = new(ModelChoice.File, new string('a', 64)), Format = UpdateFormat.Top10 }).ToJson(),
    ];

    private static readonly string[] Hostile =
    [
        "null", "true", "[]", "{}", "[[]]", "0", "-1", "1e999", "-1e999", "1e-999", "0.5", "2147483648",
        "18446744073709551616", "\"\"", "\"a\"", "\"NaN\"", "\"\\ud800\"", "[\"\\udc00\"]", "{\"\\ud800\":1}",
        "[\"a\",\"a\"]", "[\"a\"]", "[0,\"a\"]", "[null]", "\"text\"", "\"image\"", "\"table\"", "\"file\"",
        "\"char-lstm\"", "\"logistic-regression\"", "\"\\u001b[2J\\r\\n\"", "1024", "1048576", "\"mean+mean\"",
    ];

    [Test]
    public void A_hostile_recipe_is_refused_in_one_line_or_says_itself_again([Range(1, 10)] int seed)
    {
        var (accepted, refused) = (0, 0);
        for (var i = 0; i < 3_000; i++)
            if (Read(Mutate(new Random(seed * 100_000 + i))))
                accepted++;
            else
                refused++;

        Assert.That(accepted, Is.GreaterThan(50), "otherwise the rule was hardly tested");
        Assert.That(refused, Is.GreaterThan(1_000));
    }

    [Test]
    public void A_key_of_a_thousand_lines_is_quoted_in_one_short_one()
    {
        var key = string.Concat(Enumerable.Repeat("\\u001b[31m\\n", 5_000));

        Assert.That(Recipe.TryParse($"{{\"{key}\":1,{Recipes[0][1..]}", out _, out var error), Is.False);
        AssertShortLine(error!);
    }

    private static bool Read(string text)
    {
        if (!Recipe.TryParse(text, out var recipe, out var error))
        {
            AssertShortLine(error);
            return false;
        }

        Assert.That(Recipe.TryParse(recipe.ToJson(), out var again, out error), error);
        Assert.That(again!.ToJson(), Is.EqualTo(recipe.ToJson()), text);
        if (recipe.Model.Name != ModelChoice.File)
            try
            {
                Assert.That(recipe.Model.ArchitectureFor(recipe.Schema).Shapes, Is.Not.Empty);
            }
            catch (DataException)
            {
                // A model that does not fit the rows: the task is left alone.
            }
        return true;
    }

    private static void AssertShortLine(string error)
    {
        Assert.That(error, Is.Not.Empty);
        Assert.That(error, Has.Length.LessThan(500));
        Assert.That(error.Any(char.IsControl), Is.False, error);
    }

    private static string Mutate(Random random)
    {
        var text = Recipes[random.Next(Recipes.Length)];
        if (random.Next(4) > 0)
            text = WithHostileValue(text, random);
        return random.Next(4) > 0 ? text : WithBrokenCharacters(text, random);
    }

    // A value anywhere in the tree gives way to a hostile one, which must not be read on its way.
    private static string WithHostileValue(string text, Random random)
    {
        const string Mark = "\"put it here\"";
        var root = JsonNode.Parse(text);
        var places = Places(root).ToArray();
        places[random.Next(places.Length)](JsonNode.Parse(Mark)!);
        return root!.ToJsonString().Replace(Mark, Hostile[random.Next(Hostile.Length)], StringComparison.Ordinal);
    }

    private static IEnumerable<Action<JsonNode>> Places(JsonNode? node) => node switch
    {
        JsonObject members => members.Select(member => member.Key).ToArray().SelectMany(key =>
            Places(members[key]).Append(value => members[key] = value)),
        JsonArray elements => Enumerable.Range(0, elements.Count).SelectMany(i =>
            Places(elements[i]).Append(value => elements[i] = value)),
        _ => [],
    };

    private static string WithBrokenCharacters(string text, Random random)
    {
        var (at, count) = (random.Next(text.Length), random.Next(1, 8));
        var end = Math.Min(text.Length, at + count);
        var changed = new StringBuilder(text);
        switch (random.Next(3))
        {
            case 0:
                changed.Remove(at, end - at);
                break;
            case 1:
                changed.Insert(at, text[at..end]);
                break;
            default:
                changed[at] = (char)random.Next(0x20, 0x7f);
                break;
        }
        return changed.ToString();
    }
}

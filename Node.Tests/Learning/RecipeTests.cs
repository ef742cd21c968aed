using Ledger.Learning.Aggregation;
using Ledger.Learning.Data;
using Ledger.Learning.Recipes;

namespace Ledger.Node.Tests.Learning;

internal sealed class RecipeTests
{
    private static readonly Recipe Heart = new()
    {
        Model = new("mlp"),
        Schema = new TableSchema(
            [new NumericColumn("age", 53.5f, 9.4f, true), new CategoricalColumn("sex", ["F", "M"])],
            "num>0", ["num<=0", "num>0"]),
        LearningRate = 0.1,
        Momentum = 0.9,
        BatchSize = 32,
        LocalEpochs = 2,
        Seed = ulong.MaxValue,
        Rule = AggregationRule.TrimmedMean(1),
    };

    private static readonly Recipe Digits = Heart with
    {
        Model = new(ModelChoice.File, new string('a', 64)),
        Schema = new ImageSchema(28, 28, 0.1307f, 0.3081f, ["0", "1"]),
        Rule = AggregationRule.Mean,
        UpdateExponent = 10,
    };

    [Test]
    public void A_recipe_comes_back_from_its_text()
    {
        foreach (var recipe in new[] { Heart, Digits })
        {
            Assert.That(Recipe.TryParse(recipe.ToJson(), out var parsed, out var error), error);
            Assert.That(parsed, Is.EqualTo(recipe));
            Assert.That(parsed!.ToJson(), Is.EqualTo(recipe.ToJson()));
        }
    }

    [Test]
    public void Comments_order_and_defaults_do_not_matter()
    {
        var json = Heart.ToJson().Replace("\"momentum\":0.9,", "", StringComparison.Ordinal)
            .Replace(",\"update-exponent\":8}", ", // the end\n}", StringComparison.Ordinal);

        Assert.That(Recipe.TryParse(json, out var parsed, out var error), error);
        Assert.That(parsed, Is.EqualTo(Heart with { Momentum = 0 }));
    }

    [TestCase("\"learning-rate\"", "\"learning-rat\"", "'learning-rate' is missing")]
    [TestCase("\"f\":1", "\"f\":1,\"batchsize\":3", "unknown key 'batchsize', did you mean 'batch-size'?")]
    [TestCase("\"name\":\"age\"", "\"name\":\"age\",\"devation\":1",
        "unknown key 'schema.columns[0].devation', did you mean 'deviation'?")]
    [TestCase("\"mlp\"", "\"mpl\"", "'model' is 'mpl', did you mean 'mlp'?")]
    [TestCase("\"mlp\"", "\"resnet\"",
        "'model' is 'resnet', known are: logistic-regression, mlp, 2nn, cnn, transformer, char-lstm, file")]
    [TestCase("\"mlp\"", "\"file\"", "'model-file' is missing")]
    [TestCase("\"batch-size\":32", "\"batch-size\":0", "'batch-size' is 0, an integer from 1 to 1048576 is allowed")]
    [TestCase("\"batch-size\":32", "\"batch-size\":1.5",
        "'batch-size' is 1.5, an integer from 1 to 1048576 is allowed")]
    [TestCase("\"batch-size\":32", "\"batch-size\":\"32\"", "'batch-size' is string, number is wanted")]
    [TestCase("\"learning-rate\":0.1", "\"learning-rate\":1e999",
        "'learning-rate' is 1e999, a number from 1E-09 to 100 is allowed")]
    [TestCase("\"momentum\":0.9", "\"momentum\":1", "'momentum' is 1, a number from 0 to 0.999 is allowed")]
    [TestCase("\"f\":1", "\"f\":-1", "'f' is -1, an integer from 0 to 511 is allowed")]
    [TestCase("\"deviation\":9.4", "\"deviation\":0",
        "'schema.columns[0].deviation' is 0, a number from 1E-30 to 1E+30 is allowed")]
    [TestCase("\"update-exponent\":8", "\"update-exponent\":21",
        "'update-exponent' is 21, an integer from 0 to 20 is allowed")]
    [TestCase("[\"F\",\"M\"]", "[\"F\",\"F\"]",
        "'schema.columns[1].values' has an element that is empty, too long or repeated")]
    [TestCase("\"seed\":", "\"seed\":1,\"seed\":", "not JSON: a key is there twice, or half of a surrogate pair")]
    [TestCase("\"mlp\"", "\"\\ud800\"", "not JSON: a key is there twice, or half of a surrogate pair")]
    public void A_recipe_that_is_wrong_says_where(string text, string replacement, string expected)
    {
        var json = Heart.ToJson().Replace(text, replacement, StringComparison.Ordinal);
        Assert.That(json, Is.Not.EqualTo(Heart.ToJson()));

        Assert.That(Recipe.TryParse(json, out _, out var error), Is.False);
        Assert.That(error, Is.EqualTo(expected));
    }

    [TestCase("[]")]
    [TestCase("3")]
    [TestCase("")]
    [TestCase("{}")]
    [TestCase("{\"schema\":[]}")]
    public void Text_that_is_no_recipe_is_refused(string json)
    {
        Assert.That(Recipe.TryParse(json, out _, out var error), Is.False);
        Assert.That(error, Is.Not.Empty.And.Not.Contains("\n"));
    }

    [Test]
    public void Every_text_cut_short_is_refused()
    {
        var json = Heart.ToJson();
        for (var length = 0; length < json.Length; length++)
            Assert.That(Recipe.TryParse(json[..length], out _, out _), Is.False);
    }
}

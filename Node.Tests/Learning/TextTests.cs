using System.Text;
using Ledger.Learning;
using Ledger.Learning.Data;
using Ledger.Learning.Export;
using Ledger.Learning.Models;
using Ledger.Learning.Recipes;
using Ledger.Learning.Training;

namespace Ledger.Node.Tests.Learning;

/// <summary>Text: rows of characters, models that see what came before, and what they write.</summary>
internal sealed class TextTests
{
    private static readonly Text Alphabet = Of(string.Concat(Enumerable.Repeat("abcdefgh", 60)));

    private static readonly TextSchema Schema = TextSchema.Infer([Alphabet]);

    private static readonly Recipe Recipe = new()
    {
        Model = new("transformer"),
        Schema = Schema,
        Optimiser = Recipe.AdamW,
        LearningRate = 0.003,
        BatchSize = 5,
        LocalEpochs = 30,
        Seed = 1,
    };

    [Test]
    public void A_row_is_80_characters_and_its_label_the_one_after_them()
    {
        var schema = TextSchema.Infer([Of(new string('x', 80) + "yz")]);
        var rows = schema.Encode(Of(new string('x', 79) + "yzx" + new string('z', 78) + "xy"));

        Assert.That(schema.Classes, Is.EqualTo(new[] { "\uFFFD", "x", "y", "z" }));
        Assert.That(rows.Rows, Is.EqualTo(2));
        Assert.That(rows.Row(0)[78..].ToArray(), Is.EqualTo(new float[] { 1, 2 }));
        Assert.That(rows.Row(1)[..3].ToArray(), Is.EqualTo(new float[] { 3, 1, 3 }), "rows do not overlap");
        Assert.That(rows.Labels, Is.EqualTo(new[] { 3, 1 }));
    }

    [Test]
    public void A_character_that_the_task_does_not_know_is_class_0()
    {
        var rows = Schema.Encode(Of("ä€😀" + new string('a', 78)));
        Assert.That(rows.Row(0)[..4].ToArray(), Is.EqualTo(new float[] { 0, 0, 0, 1 }));
    }

    [Test]
    public void An_alphabet_keeps_the_most_frequent_255_characters()
    {
        var rare = string.Concat(Enumerable.Range(0x4E00, 300).Select(code => new Rune(code)));
        var schema = TextSchema.Infer([Of(rare + rare[..255])]);
        Assert.That(schema.Classes, Has.Length.EqualTo(256));
        Assert.That(schema.Classes[1..], Is.EqualTo(rare[..255].Select(c => c.ToString())));
    }

    [Test]
    public void A_schema_of_text_reads_back_as_it_was_written()
    {
        var schema = TextSchema.Infer([Of("\"quotes\"\n\t\\ and ü 😀" + new string(' ', 80))]);
        var recipe = Recipe with { Schema = schema };
        Assert.That(Recipe.TryParse(recipe.ToJson(), out var read, out var error), Is.True, error);
        Assert.That(read, Is.EqualTo(recipe));
    }

    // Whoever reads a task builds its schema: a letter that is there twice must not end every node.
    [Test]
    public void A_schema_with_a_character_twice_is_refused_and_ends_nobody()
    {
        var json = Recipe.ToJson().Replace("\"b\"", "\"a\"", StringComparison.Ordinal);
        Assert.That(Recipe.TryParse(json, out _, out var error), Is.False);
        Assert.That(error, Is.EqualTo("'schema.classes' has an element that is empty, too long or repeated"));
    }

    [TestCase("short", "text: 5 characters, a row is 80 and the one after them")]
    public void A_text_too_short_for_one_row_is_refused(string text, string message) =>
        Assert.That(() => Schema.Encode(Of(text)), Throws.TypeOf<DataException>().With.Message.EqualTo(message));

    [Test]
    public void Bytes_that_are_no_UTF8_are_refused() =>
        Assert.That(() => Text.Read("latin.txt", new MemoryStream([.. "caf"u8, 0xE9, .. " au lait"u8])),
            Throws.TypeOf<DataException>().With.Message.EqualTo("latin.txt: not text in UTF-8"));

    [TestCase("mlp", "model 'mlp' cannot read text")]
    [TestCase("cnn", "model 'cnn' cannot read text")]
    public void A_model_of_rows_is_refused_for_text(string model, string message) =>
        Assert.That(() => new ModelChoice(model).ArchitectureFor(Schema),
            Throws.TypeOf<DataException>().With.Message.EqualTo(message));

    [Test]
    public void A_model_of_text_is_refused_for_a_table([Values("transformer", "char-lstm")] string model)
    {
        var digits = Ledger.Learning.Data.Schema.Infer([Source.Digits()], "label");
        Assert.That(() => new ModelChoice(model).ArchitectureFor(digits),
            Throws.TypeOf<DataException>().With.Message.EqualTo($"model '{model}' reads text"));
    }

    // McMahan et al. count 866,578 with 256 characters and one bias; ours has PyTorch's two.
    [TestCase("transformer", 104_576 + 9 * 129)]
    [TestCase("char-lstm", 798_720 + 9 * 265)]
    public void Models_have_the_parameters_that_their_papers_say(string name, int count)
    {
        using var model = TorchModel.Open(Recipe with { Model = new(name) });
        Assert.That(model.ParameterCount, Is.EqualTo(count));
    }

    [Test]
    public void A_model_learns_what_follows_and_writes_it([Values("transformer", "char-lstm")] string name)
    {
        var recipe = Recipe with { Model = new(name), LearningRate = 0.01 };
        using var model = TorchModel.Open(recipe);
        var parameters = Trained(model, recipe);

        Assert.That(Inference.Evaluate(model, parameters, Schema.Encode(Alphabet)).Accuracy, Is.EqualTo(1));
        var prompt = string.Concat(Enumerable.Repeat("abcdefgh", 10)) + "abcde";
        Assert.That(string.Concat(Generation.Continue(model, parameters, prompt, 10, temperature: 0.1, seed: 1)),
            Is.EqualTo("fghabcdefg"));
    }

    // A model that saw what follows would be perfect in training and useless after it; the probabilities of all
    // continuations would then not sum to 1 (the chain rule).
    [Test]
    public void No_position_sees_what_comes_after_it([Values("transformer", "char-lstm")] string name)
    {
        var schema = new TextSchema(2, [TextSchema.Unknown, "a", "b"]);
        var recipe = Recipe with { Model = new(name), Schema = schema, LearningRate = 1e-9, LocalEpochs = 1 };
        using var model = TorchModel.Open(recipe);
        var continuations = from second in Enumerable.Range(0, 3)
                            from label in Enumerable.Range(0, 3)
                            select new Dataset([1, second], [label], 2);
        var sum = continuations.Sum(row =>
        {
            var loss = 0.0;
            LocalTraining.Run(
                model, recipe, model.InitialParameters(), row, seed: 1, epoch => loss = schema.Window * epoch.Loss);
            return Math.Exp(-loss);
        });
        Assert.That(sum, Is.EqualTo(1).Within(1e-5));
    }

    [Test]
    public void A_model_of_text_is_exported_and_loads_as_a_users_file([Values("transformer", "char-lstm")] string name)
    {
        var recipe = Recipe with { Model = new(name) };
        using var model = TorchModel.Open(recipe);
        var file = TorchScriptFile.Write(model, model.InitialParameters());
        Assert.That(ModelFile.Check("model.pt", file, Schema), Is.EqualTo(model.Shapes).AsCollection);
    }

    [Test]
    public void Tiny_Shakespeare_has_66_classes_and_13942_rows()
    {
        var text = (Text)Source.Open(RealData.Path("text", "tiny_shakespeare.txt"));
        var schema = TextSchema.Infer([text]);
        Assert.That(schema.Classes, Has.Length.EqualTo(65 + 1));
        Assert.That(schema.Encode(text).Rows, Is.EqualTo(1_115_393 / 80));
    }

    private static int[] Trained(TorchModel model, Recipe recipe)
    {
        var parameters = model.InitialParameters();
        var delta = LocalTraining.Run(model, recipe, parameters, Schema.Encode(Alphabet), seed: 1);
        return [.. parameters.Zip(ParameterFloats.ToCanonical(delta), (before, change) => before + change)];
    }

    private static Text Of(string text) => Text.Read("text", new MemoryStream(Encoding.UTF8.GetBytes(text)));
}

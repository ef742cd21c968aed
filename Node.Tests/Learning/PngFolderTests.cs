using Ledger.Learning;
using Ledger.Learning.Data;
using Ledger.Learning.Models;
using Ledger.Learning.Recipes;

namespace Ledger.Node.Tests.Learning;

/// <summary>Folders of PNG files, a class each.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class PngFolderTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Test]
    public void The_names_of_the_folders_are_the_classes()
    {
        Write("dog", "1.png", PngFile.Of(1, 2, 0, 255));
        Write("cat", "b.png", PngFile.Of(1, 2, 255, 0));
        Write("cat", "a.png", PngFile.Of(1, 2, 255, 255));
        var images = Source.Open(folder.Path);
        var schema = (ImageSchema)Schema.Infer([images]);
        var rows = schema.Encode(images);

        Assert.That(schema.Classes, Is.EqualTo(new[] { "cat", "dog" }));
        Assert.That(schema.InputShape, Is.EqualTo(new[] { 1, 1, 2 }));
        Assert.That(rows.Labels, Is.EqualTo(new[] { 0, 0, 1 }));
        Assert.That(rows.Row(1).ToArray().Select(Math.Sign), Is.EqualTo(new[] { 1, -1 }));
    }

    [Test]
    public void A_colour_image_is_three_planes_and_makes_all_images_so()
    {
        Write("grey", "1.png", PngFile.Of(1, 2, 10, 20));
        Write("red", "1.png", PngFile.Of(1, 2, 255, 0, 0, 100, 1, 2));
        var images = (Images)Source.Open(folder.Path);

        Assert.That(images.Channels, Is.EqualTo(3));
        Assert.That(images.Pixels, Is.EqualTo(new byte[] { 10, 20, 10, 20, 10, 20, 255, 100, 0, 1, 0, 2 }));
    }

    [Test]
    public void Grey_images_fit_a_task_of_colours_and_not_the_other_way_round()
    {
        var grey = new Images("grey", 1, 1, 2, [10, 20], ["a", "b"], [0]);
        var colour = new Images("colour", 3, 1, 2, [1, 2, 3, 4, 5, 6], ["a", "b"], [1]);
        var schema = (ImageSchema)Schema.Infer([grey, colour]);

        Assert.That(schema.Encode(grey).Features, Is.EqualTo(schema.EncodePixels([10, 20, 10, 20, 10, 20])));
        Assert.That(() => Schema.Infer([grey]).Encode(colour), Throws.TypeOf<DataException>()
            .With.Message.EqualTo("colour: images in colour, and the task is about grey ones"));
    }

    [Test]
    public void A_class_that_the_task_does_not_have_is_refused()
    {
        var schema = Schema.Infer([new Images("task", 1, 1, 1, [1, 2], ["cat", "dog"], [0, 1])]);
        Assert.That(() => schema.Encode(new Images("zoo", 1, 1, 1, [3], ["zebra"], [0])),
            Throws.TypeOf<DataException>().With.Message.EqualTo("zoo: the task has no class 'zebra'")
                .And.Property("Hint").EqualTo("classes are: cat, dog"));
    }

    [Test]
    public void An_image_of_another_size_is_named()
    {
        Write("a", "1.png", PngFile.Of(1, 2, 0, 0));
        Write("b", "2.png", PngFile.Of(2, 1, 0, 0));
        Assert.That(() => Source.Open(folder.Path), Throws.TypeOf<DataException>()
            .With.Message.EqualTo("b/2.png: 2 x 1 pixels, the first image has 1 x 2"));
    }

    [Test]
    public void A_file_cut_short_is_refused_wherever_it_ends([Values(0, 4, 20, 40, 50)] int length)
    {
        Write("a", "1.png", PngFile.Of(1, 2, 0, 0)[..length]);
        Assert.That(() => Source.Open(folder.Path), Throws.TypeOf<DataException>()
            .With.Message.StartsWith("a/1.png: not a PNG file, or damaged: "));
    }

    [Test]
    public void An_image_too_large_is_refused_before_its_pixels_are_read()
    {
        Write("a", "1.png", PngFile.Of(1, 1_025, new byte[1_025]));
        Assert.That(() => Source.Open(folder.Path), Throws.TypeOf<DataException>()
            .With.Message.EqualTo("a/1.png: 1 x 1025 pixels, the limit is 1024 a side"));
    }

    [Test]
    public void The_CNN_takes_colours_and_a_schema_with_them_reads_back()
    {
        var schema = new ImageSchema(8, 8, 0.5f, 0.5f, ["a", "b"], Channels: 3);
        var recipe = new Recipe
        {
            Model = new("cnn"),
            Schema = schema,
            LearningRate = 0.1,
            BatchSize = 1,
            LocalEpochs = 1,
        };
        Assert.That(Recipe.TryParse(recipe.ToJson(), out var read, out var error), Is.True, error);
        using var model = TorchModel.Open(read!);
        Assert.That(model.Shapes[0].Dimensions, Is.EqualTo(new[] { 32, 3, 5, 5 }));
        Assert.That(Inference.Predict(model, model.InitialParameters(), new float[3 * 64]).Sum(),
            Is.EqualTo(1).Within(1e-5));
    }

    private void Write(string name, string file, byte[] bytes)
    {
        Directory.CreateDirectory(Path.Combine(folder.Path, name));
        folder.Write(Path.Combine(name, file), bytes);
    }
}

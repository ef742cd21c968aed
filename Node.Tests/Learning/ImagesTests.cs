using System.IO.Compression;
using Ledger.Learning;
using Ledger.Learning.Data;

namespace Ledger.Node.Tests.Learning;

internal sealed class ImagesTests
{
    private static readonly byte[] TwoImages = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 255, 255, 0];
    private static readonly byte[] TwoLabels = [0, 0, 8, 1, 0, 0, 0, 2, 7, 9];

    [Test]
    public void Images_find_their_labels_beside_them_plain_or_zipped([Values(true, false)] bool zipped)
    {
        using var folder = new TemporaryFolder();
        folder.Write("train-images-idx3-ubyte", TwoImages);
        folder.Write(
            zipped ? "train-labels-idx1-ubyte.gz" : "train-labels-idx1-ubyte", zipped ? Zipped(TwoLabels) : TwoLabels);

        var images = Source.Open(folder.Path);
        var data = Schema.Infer([images]).Encode(images);

        Assert.That(data.Features, Is.EqualTo(new float[] { -1, 1, 1, -1 }));
        Assert.That(data.Labels, Is.EqualTo(new[] { 7, 9 }));
    }

    [Test]
    public void Images_without_labels_say_which_file_is_wanted()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("t10k-images-idx3-ubyte.gz", Zipped(TwoImages));

        Assert.That(
            () => Source.Open(path),
            Throws.TypeOf<DataException>().With.Message.EqualTo(
                "t10k-images-idx3-ubyte.gz: no labels file 't10k-labels-idx1-ubyte' or "
                + "'t10k-labels-idx1-ubyte.gz' beside it"));
    }

    [Test]
    public void A_file_cut_short_is_refused_wherever_it_ends([Range(0, 19)] int length)
        => Assert.That(() => Read(TwoImages[..length], TwoLabels), Throws.TypeOf<DataException>());

    [Test]
    public void Bytes_behind_the_last_image_are_refused()
        => Assert.That(() => Read([.. TwoImages, 0], TwoLabels), Throws.TypeOf<DataException>());

    [Test]
    public void A_label_above_9_is_refused_by_its_row()
        => Assert.That(
            () => Read(TwoImages, [.. TwoLabels[..9], 10]),
            Throws.TypeOf<DataException>().With.Message.EqualTo("labels: row 2 has label 10"));

    [Test]
    public void More_images_than_memory_are_refused_before_they_are_allocated()
        => Assert.That(
            () => Read([0, 0, 8, 3, 0x7F, 255, 255, 255, 0, 0, 4, 0, 0, 0, 4, 0], TwoLabels),
            Throws.TypeOf<DataException>().With.Message.EndsWith("are out of bounds"));

    [Test]
    public void MNIST_has_its_known_mean_and_deviation()
    {
        var images = (Images)Source.Open(RealData.Path("mnist"));

        var schema = (ImageSchema)Schema.Infer([images]);

        Assert.That(images.Rows, Is.EqualTo(60_000));
        Assert.That(schema.Mean, Is.EqualTo(0.1307).Within(0.0001));
        Assert.That(schema.Deviation, Is.EqualTo(0.3081).Within(0.0001));
    }

    private static Images Read(byte[] images, byte[] labels)
        => IdxFile.Read("images", new MemoryStream(images), "labels", new MemoryStream(labels));

    private static byte[] Zipped(byte[] bytes)
    {
        using var stream = new MemoryStream();
        using (var zip = new GZipStream(stream, CompressionMode.Compress))
            zip.Write(bytes);
        return stream.ToArray();
    }
}

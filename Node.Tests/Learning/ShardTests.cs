using Ledger.Learning;
using Ledger.Learning.Data;

namespace Ledger.Node.Tests.Learning;

internal sealed class ShardTests
{
    private static readonly Dataset Rows = new([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [0, 1, 0, 1, 1], Inputs: 2);

    private static readonly Dataset None = Rows.Take([]);

    [Test]
    public void A_shard_comes_back_from_its_file()
    {
        var shard = Shard.Of(Rows, seed: 1);

        var read = Read(Bytes(shard));

        Assert.That(read.Root, Is.EqualTo(shard.Root));
        Assert.That(read.Training.Features, Is.EqualTo(shard.Training.Features));
        Assert.That(read.HeldOut.Labels, Is.EqualTo(shard.HeldOut.Labels));
        Assert.That((read.Training.Rows, read.Validation.Rows, read.HeldOut.Rows), Is.EqualTo((3, 1, 1)));
    }

    [Test]
    public void A_file_cut_short_or_lengthened_is_refused()
    {
        var bytes = Bytes(Shard.Of(Rows, seed: 1));
        for (var length = 0; length < bytes.Length; length++)
            Assert.That(() => Read(bytes[..length]), Throws.TypeOf<DataException>());
        Assert.That(() => Read([.. bytes, 0]), Throws.TypeOf<DataException>());
    }

    [Test]
    public void Every_flipped_bit_is_seen()
    {
        var bytes = Bytes(Shard.Of(Rows, seed: 1));
        for (var bit = 0; bit < 8 * bytes.Length; bit++)
        {
            var damaged = bytes.ToArray();
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.That(() => Read(damaged), Throws.TypeOf<DataException>(), $"bit {bit}");
        }
    }

    [Test]
    public void The_root_changes_with_a_value_a_label_and_the_order()
    {
        var root = Shard.Of(Rows, None, None).Root;

        Assert.That(Shard.Of(Rows with { Features = [1, 2, 3, 4, 5, 6, 7, 8, 9, 11] }, None, None).Root,
            Is.Not.EqualTo(root));
        Assert.That(Shard.Of(Rows with { Labels = [0, 1, 0, 1, 0] }, None, None).Root, Is.Not.EqualTo(root));
        Assert.That(Shard.Of(Rows.Take([1, 0, 2, 3, 4]), None, None).Root, Is.Not.EqualTo(root));
    }

    private static byte[] Bytes(Shard shard)
    {
        using var stream = new MemoryStream();
        shard.Write(stream);
        return stream.ToArray();
    }

    private static Shard Read(byte[] bytes) => Shard.Read(new MemoryStream(bytes), "a.shard");
}

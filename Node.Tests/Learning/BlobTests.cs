using Ledger.Learning.Aggregation;

namespace Ledger.Node.Tests.Learning;

internal sealed class BlobTests
{
    private static readonly int[] Values = [0, 1, -1, int.MaxValue, int.MinValue];
    private static readonly ModelUpdate Update = new([0, 1, -1, 127, -127], 8);

    [Test]
    public void Parameters_come_back_from_their_blob()
    {
        Assert.That(Parameters.TryDecode(Parameters.Encode(Values), 5, out var decoded), Is.True);
        Assert.That(decoded, Is.EqualTo(Values));
    }

    [Test]
    public void Bytes_of_both_blobs_are_as_ever()
    {
        Assert.That(Convert.ToHexStringLower(Parameters.Encode([1, -2])),
            Is.EqualTo("4c5052310200000001000000feffffff"));
        Assert.That(Convert.ToHexStringLower(new ModelUpdate([1, -2], 8).Encode()),
            Is.EqualTo("4c555031080200000001fe"));
    }

    [Test]
    public void Parameters_cut_short_lengthened_or_of_another_count_are_refused()
    {
        var blob = Parameters.Encode(Values);
        for (var length = 0; length < blob.Length; length++)
            Assert.That(Parameters.TryDecode(blob.AsSpan(0, length), 5, out _), Is.False);
        Assert.That(Parameters.TryDecode([.. blob, 0], 5, out _), Is.False);
        Assert.That(Parameters.TryDecode(blob, 4, out _), Is.False);
        Assert.That(Parameters.TryDecode([], 0, out _), Is.False);
    }

    [Test]
    public void An_update_comes_back_from_its_blob()
    {
        Assert.That(ModelUpdate.TryDecode(Update.Encode(), 5, 8, UpdateFormat.Int8, out var decoded), Is.True);
        Assert.That(decoded, Is.EqualTo(Update));
    }

    [Test]
    public void An_update_cut_short_lengthened_or_of_another_round_is_refused()
    {
        var blob = Update.Encode();
        for (var length = 0; length < blob.Length; length++)
            Assert.That(ModelUpdate.TryDecode(blob.AsSpan(0, length), 5, 8, UpdateFormat.Int8, out _), Is.False);
        Assert.That(ModelUpdate.TryDecode([.. blob, 0], 5, 8, UpdateFormat.Int8, out _), Is.False);
        Assert.That(ModelUpdate.TryDecode(blob, 6, 8, UpdateFormat.Int8, out _), Is.False);
        Assert.That(ModelUpdate.TryDecode(blob, 5, 7, UpdateFormat.Int8, out _), Is.False);
    }

    [Test]
    public void Minus_128_is_not_a_value_of_an_update()
        => Assert.That(
            ModelUpdate.TryDecode(new ModelUpdate([0, -128], 8).Encode(), 2, 8, UpdateFormat.Int8, out _), Is.False);

    [Test]
    public void Every_flipped_bit_is_refused_or_makes_another_value()
    {
        var blob = Update.Encode();
        for (var bit = 0; bit < 8 * blob.Length; bit++)
        {
            var flipped = blob.ToArray();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            if (ModelUpdate.TryDecode(flipped, 5, 8, UpdateFormat.Int8, out var decoded))
                Assert.That(decoded.Encode(), Is.EqualTo(flipped));
        }
    }
}

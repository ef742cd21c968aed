using Ledger.Learning;
using Ledger.Learning.Aggregation;
using Ledger.Learning.Training;

namespace Ledger.Node.Tests.Learning;

/// <summary>Thin lines: what travels, what a liar may send, and what error feedback makes good.</summary>
internal sealed class UpdateFormatTests
{
    private static readonly UpdateFormat[] Formats = Enum.GetValues<UpdateFormat>();

    [TestCaseSource(nameof(Formats))]
    public void An_update_comes_back_from_its_blob(UpdateFormat format)
    {
        foreach (var count in (int[])[1, 2, 7, 99, 100, 101, 5_000])
        {
            var update = Some(format, count, seed: (ulong)count);

            Assert.That(ModelUpdate.TryDecode(update.Encode(format), count, 8, format, out var back), Is.True);
            Assert.That(back, Is.EqualTo(update));
        }
    }

    [TestCaseSource(nameof(Formats))]
    public void Every_flipped_bit_is_refused_or_makes_another_update(UpdateFormat format)
    {
        var blob = Some(format, 301, seed: 5).Encode(format);
        for (var bit = 0; bit < 8 * blob.Length; bit++)
        {
            var flipped = blob.ToArray();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            if (ModelUpdate.TryDecode(flipped, 301, 8, format, out var decoded))
                Assert.That(decoded.Encode(format), Is.EqualTo(flipped));
        }
    }

    [TestCaseSource(nameof(Formats))]
    public void A_blob_cut_short_or_lengthened_is_refused(UpdateFormat format)
    {
        var blob = Some(format, 301, seed: 6).Encode(format);
        for (var length = 0; length < blob.Length; length++)
            Assert.That(ModelUpdate.TryDecode(blob.AsSpan(0, length), 301, 8, format, out _), Is.False);
        Assert.That(ModelUpdate.TryDecode([.. blob, 0], 301, 8, format, out _), Is.False);
    }

    [TestCaseSource(nameof(Formats))]
    public void Random_bytes_never_do_more_than_be_refused(UpdateFormat format)
    {
        var random = new SplitMix64(9);
        var blob = Some(format, 301, seed: 6).Encode(format);
        for (var run = 0; run < 5_000; run++)
        {
            var noisy = blob.ToArray();
            for (var k = 9; k < noisy.Length; k++)
                noisy[k] = (byte)random.Below(256);
            if (ModelUpdate.TryDecode(noisy, 301, 8, format, out var decoded))
                Assert.That(decoded.Encode(format), Is.EqualTo(noisy));
        }
    }

    [Test]
    public void More_values_than_the_format_allows_are_refused()
    {
        var dense = new ModelUpdate([.. Enumerable.Repeat((sbyte)3, 100)], 8);

        Assert.That(ModelUpdate.TryDecode(dense.Encode(UpdateFormat.Top1), 100, 8, UpdateFormat.Top1, out _), Is.False);
        Assert.That(ModelUpdate.TryDecode(dense.Encode(UpdateFormat.Top10), 100, 8, UpdateFormat.Top10, out _),
            Is.False);
    }

    // Golomb-Rice takes 8.108 bits a gap at 1 %, 4.756 at 10 %, and 8 a value, beside 32 of float32.
    [TestCase(UpdateFormat.Int8, 3.99, 4.0)]
    [TestCase(UpdateFormat.Int4, 7.99, 8.0)]
    [TestCase(UpdateFormat.Top10, 24.5, 25.5)]
    [TestCase(UpdateFormat.Top1, 195, 201)]
    public void A_format_is_as_much_smaller_than_float32_as_it_says(UpdateFormat format, double least, double most)
    {
        const int count = 1_000_000;
        var random = new SplitMix64(3);
        var delta = new float[count];
        foreach (ref var value in delta.AsSpan())
            value = (float)((random.Next() >> 11) / (double)(1UL << 53) - 0.5);

        var blob = Quantisation.Quantise(delta, 7, seed: 1, format).Encode(format);

        Assert.That(4.0 * count / blob.Length, Is.InRange(least, most));
    }

    [Test]
    public void The_largest_are_those_that_travel()
    {
        float[] delta = [0.1f, -0.9f, 0.2f, 0.2f, 0, 0.05f, 0.02f, 0.01f, -0.3f, 0.01f];

        var update = Quantisation.Quantise(delta, 6, seed: 1, UpdateFormat.Top10);

        Assert.That(Enumerable.Range(0, 10).Where(k => update.Values[k] != 0), Is.EqualTo(new[] { 1 }));
    }

    [TestCase(UpdateFormat.Int4)]
    [TestCase(UpdateFormat.Top10)]
    [TestCase(UpdateFormat.Top1)]
    public void What_is_sent_over_many_rounds_is_what_was_learnt(UpdateFormat format)
    {
        var feedback = new ErrorFeedback();
        var random = new SplitMix64(11);
        var (learnt, sent) = (new double[200], new double[200]);
        var steady = Enumerable.Range(0, 200).Select(_ => (float)(random.Below(1000) / 1000.0 - 0.5)).ToArray();
        for (var round = 1; round <= 400; round++)
        {
            var update = feedback.Quantise(steady, 2, (ulong)round, format, round);
            for (var k = 0; k < 200; k++)
                (learnt[k], sent[k]) = (learnt[k] + steady[k], sent[k] + update.Values[k] / 4.0);
        }

        var (missing, all) = (learnt.Zip(sent, (l, s) => Math.Abs(l - s)).Sum(), learnt.Sum(Math.Abs));
        Assert.That(missing / all, Is.LessThan(format == UpdateFormat.Top1 ? 0.3 : 0.03));
    }

    [Test]
    public void What_was_left_out_is_halved_for_each_round_missed()
    {
        // Of two parameters one travels; the 0.5 that the first round left out is 8/16.
        foreach (var (round, left) in ((int, sbyte)[])[(2, 8), (3, 4), (4, 2)])
        {
            var feedback = new ErrorFeedback();
            feedback.Quantise([1, 0.5f], 4, seed: 1, UpdateFormat.Top1, round: 1);

            Assert.That(feedback.Quantise([0, 0], 4, seed: 1, UpdateFormat.Top1, round).Values,
                Is.EqualTo(new sbyte[] { 0, left }));
        }
    }

    private static ModelUpdate Some(UpdateFormat format, int count, ulong seed)
    {
        var random = new SplitMix64(seed);
        var delta = Enumerable.Range(0, count).Select(_ => (float)(random.Below(2001) / 1000.0 - 1)).ToArray();
        return Quantisation.Quantise(delta, 8, seed, format) with { Exponent = 8 };
    }
}

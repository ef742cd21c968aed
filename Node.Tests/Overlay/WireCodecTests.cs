using Ledger.Consensus.Codec;
using Ledger.Node.Overlay;

namespace Ledger.Node.Tests.Overlay;

/// <summary>One encoding for each message, and nothing else is understood.</summary>
public class WireCodecTests
{
    private static IEnumerable<byte[]> Encoded => SomeMessages.OfEachKind().Select(WireCodec.Encode);

    [Test]
    public void Each_message_comes_back_as_it_was_sent()
    {
        foreach (var message in SomeMessages.OfEachKind())
        {
            var bytes = WireCodec.Encode(message);
            Assert.That(WireCodec.TryDecode(bytes, out var back), Is.True, message.ToString());
            Assert.That(back, Is.TypeOf(message.GetType()));
            Assert.That(WireCodec.Encode(back!), Is.EqualTo(bytes), message.ToString());
        }
    }

    [Test]
    public void Every_kind_of_message_is_tested() =>
        Assert.That(SomeMessages.OfEachKind().Select(m => m.GetType()).Distinct().Count(),
            Is.EqualTo(typeof(WireMessage).GetNestedTypes(System.Reflection.BindingFlags.NonPublic)
                .Count(type => !type.IsAbstract)));

    [Test]
    public void A_cut_or_extended_message_is_refused()
    {
        foreach (var bytes in Encoded)
        {
            for (var length = 0; length < bytes.Length; length++)
                Assert.That(WireCodec.TryDecode(bytes.AsSpan(0, length), out _),
                    Is.False, $"{length} of {bytes.Length} bytes");
            Assert.That(WireCodec.TryDecode([.. bytes, 0], out _), Is.False);
        }
    }

    [Test]
    public void Whatever_is_accepted_encodes_to_the_same_bytes_again([Range(1, 8)] int seed)
    {
        var random = new Random(seed);
        var accepted = 0;
        foreach (var original in Encoded)
            for (var i = 0; i < 2_000; i++)
            {
                var bytes = (byte[])original.Clone();
                for (var flips = random.Next(1, 4); flips > 0; flips--)
                    bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                if (!WireCodec.TryDecode(bytes, out var message))
                    continue;
                accepted++;
                Assert.That(WireCodec.Encode(message).AsSpan().SequenceEqual(bytes),
                    Is.True, Convert.ToHexString(bytes));
            }
        Assert.That(accepted, Is.GreaterThan(1_000), "the mutations are too wild to prove anything");
    }

    [Test]
    public void Random_bytes_never_throw([Range(1, 4)] int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < 50_000; i++)
        {
            var bytes = new byte[random.Next(60)];
            random.NextBytes(bytes);
            if (bytes.Length > 1)
                (bytes[0], bytes[1]) = ((byte)(0x91 + random.Next(9)), (byte)random.Next(13));
            if (WireCodec.TryDecode(bytes, out var message))
                Assert.That(WireCodec.Encode(message), Is.EqualTo(bytes));
        }
    }

    [Test]
    public void What_is_out_of_bounds_is_refused()
    {
        var id = SomeMessages.Id(1);
        WireMessage[] wrong =
        [
            new WireMessage.Status(0, 0, 1, null, null, default, default, false, true, false),
            new WireMessage.Status(1, Limits.RoundMax + 1, 1, null, null, default, default, false, true, false),
            new WireMessage.Status(1, 0, 4, null, null, default, default, false, true, false),
            new WireMessage.Status(1, 0, 1, null, null, new VoteBits().With(100), default, false, true, false),
            new WireMessage.Ballots([SomeMessages.Vote()]),
            new WireMessage.Ballots([.. Enumerable.Repeat(SomeMessages.Vote(), 101)]),
            new WireMessage.IHave([]),
            new WireMessage.IWant([.. Enumerable.Repeat(id, 65)]),
            new WireMessage.Transactions([]),
            new WireMessage.Transactions([.. Enumerable.Repeat(SomeMessages.Transfer(), 257)]),
            new WireMessage.GetBlocks(0, 1),
            new WireMessage.GetBlocks(1, 0),
            new WireMessage.GetBlocks(1, 17),
            new WireMessage.Have(id, Limits.BlobBytesMax + 1, new()),
            new WireMessage.Have(id, 0, SomeMessages.Chunks(0)),
            new WireMessage.Have(id, 3 << 16, SomeMessages.Chunks(3)),
            new WireMessage.HaveMore(id, []),
            new WireMessage.HaveMore(id, [2_048]),
            new WireMessage.GetChunks(id, []),
            new WireMessage.GetChunks(id, [.. Enumerable.Range(0, 65)]),
            new WireMessage.BlobChunk(id, 2_048, [1]),
            new WireMessage.BlobChunk(id, 0, new byte[Limits.ChunkBytesMax + 1]),
            new WireMessage.Peers([.. Enumerable.Range(0, 65).Select(SomeMessages.Known)]),
            new WireMessage.Peers([new(SomeMessages.Peer(1), new(System.Net.IPAddress.Loopback, 0))]),
            new WireMessage.Peers([new(SomeMessages.Peer(1), new(System.Net.IPAddress.Loopback.MapToIPv6(), 1))]),
        ];
        foreach (var message in wrong)
            Assert.That(WireCodec.TryDecode(WireCodec.Encode(message), out _), Is.False, message.ToString());
    }

    [Test]
    public void An_unknown_kind_is_refused([Values(0UL, 7UL, 13UL, 200UL)] ulong kind) =>
        Assert.That(WireCodec.TryDecode(new Writer().Array(1).UInt(kind).Written, out _), Is.False);

    [Test]
    public void Vote_bits_with_a_zero_byte_at_the_end_are_refused()
    {
        var good = WireCodec.Encode(
            new WireMessage.Status(1, 0, 1, null, null, new VoteBits().With(0), default, false, true, false));
        // From the end: the flag, the empty precommits (2), then the prevotes (3).
        byte[] padded = [.. good[..^6], 0xc4, 2, 1, 0, .. good[^3..]];

        Assert.That(WireCodec.TryDecode(padded, out _), Is.False);
    }

    [Test]
    public void Votes_travel_before_blocks_and_blocks_before_blobs()
    {
        Assert.That(ClassOf(new WireMessage.Ballot(SomeMessages.Vote())), Is.Zero);
        Assert.That(ClassOf(new WireMessage.Offer(SomeMessages.Proposal())), Is.Zero);
        Assert.That(WireCodec.ClassOf(new WireMessage.Offer(SomeMessages.Proposal()), 100_000), Is.EqualTo(1));
        Assert.That(ClassOf(SomeMessages.Reply(1)), Is.EqualTo(1));
        Assert.That(ClassOf(new WireMessage.BlobChunk(SomeMessages.Id(1), 0, [1])), Is.EqualTo(2));

        static int ClassOf(WireMessage message) => WireCodec.ClassOf(message, WireCodec.Encode(message).Length);
    }
}

using System.Text;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;

namespace Ledger.Node.Tests.Consensus.Codec;

/// <summary>Every type that travels: its bytes stay what they are, and one value has one encoding.</summary>
public class WireTests
{
    private const int MutationsPerByte = 2;

    private static IEnumerable<TestCaseData> Types => Wire.All.Select(w => new TestCaseData(w.Name));

    [TestCaseSource(nameof(Types))]
    public void The_bytes_are_the_golden_ones(string name) => GoldenFile.Check($"{name}.hex", Find(name).Bytes);

    [TestCaseSource(nameof(Types))]
    public void What_was_written_is_read_back(string name) =>
        Assert.That(Find(name).Again(Find(name).Bytes), Is.EqualTo(Find(name).Bytes));

    [TestCaseSource(nameof(Types))]
    public void No_prefix_and_no_longer_string_is_accepted(string name)
    {
        var wire = Find(name);
        for (var length = 0; length < wire.Bytes.Length; length++)
            if (wire.Again(wire.Bytes[..length]) is not null)
                Assert.Fail($"accepted {length} of {wire.Bytes.Length} bytes");
        Assert.That(wire.Again([.. wire.Bytes, 0]), Is.Null);
    }

    [TestCaseSource(nameof(Types))]
    public void Every_accepted_byte_string_encodes_to_itself(string name)
    {
        var wire = Find(name);
        var random = new Random(1);
        var accepted = 0;
        for (var i = 0; i < wire.Bytes.Length * MutationsPerByte; i++)
        {
            var bytes = Mutate(wire.Bytes, i / MutationsPerByte, random);
            if (wire.Again(bytes) is not { } again)
                continue;
            accepted++;
            if (!again.AsSpan().SequenceEqual(bytes))
                Assert.Fail($"accepted, but written otherwise: {Convert.ToHexStringLower(bytes)}");
        }
        Assert.That(accepted, Is.Positive, "a mutation of a digest or signature is a good encoding of something else");
    }

    // What strangers write stands in everybody's terminal and log.
    [TestCase("transaction-5-submitshard", "CC-BY-4.0", "CC\u001b[2J4.0")]
    [TestCase("transaction-4-createtask", "digits", "di\u001b[2J")]
    public void A_name_or_terms_that_would_move_a_cursor_are_not_read(string name, string text, string hostile)
    {
        var wire = Find(name);
        var place = wire.Bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text));
        var bytes = (byte[])wire.Bytes.Clone();
        Encoding.UTF8.GetBytes(hostile).CopyTo(bytes, place);

        Assert.That(hostile, Has.Length.EqualTo(text.Length));
        Assert.That(wire.Again(bytes), Is.Null);
    }

    [Test]
    public void Validators_with_more_stake_than_there_are_tokens_are_refused()
    {
        var writer = new Writer().Array(20);
        foreach (var who in Enumerable.Range(1, 20).Select(Wire.Who).Order())
            writer.Array(3).Address(who).UInt(Limits.SupplyMax).UInt(0);
        var reader = new Reader(writer.Written);

        Assert.That(ValidatorSet.Read(ref reader), Is.Null);
    }

    [Test]
    public void Validators_with_a_priority_that_would_overflow_are_refused(
        [Values(ulong.MaxValue, ulong.MaxValue - 1)] ulong zigzag)
    {
        var writer = new Writer().Array(1);
        writer.Array(3).Address(Wire.Who(1)).UInt(1).UInt(zigzag);
        var reader = new Reader(writer.Written);

        Assert.That(ValidatorSet.Read(ref reader), Is.Null);
    }

    [Test]
    public void A_proposal_or_block_larger_than_its_bound_is_refused_unread()
    {
        Assert.That(SignedProposal.TryDecode(new byte[Limits.ProposalBytesMax + 1], out _), Is.False);
        Assert.That(Block.TryDecode(new byte[Limits.BlockBytesMax + 1], out _), Is.False);
        Assert.That(Wire.Proposal(2).Encode().Length - Wire.Proposal(2).Block.Encode().Length,
            Is.LessThanOrEqualTo(Limits.ProposalBytesMax - Limits.BlockBytesMax));
    }

    private static Wire Find(string name) => Wire.All.Single(w => w.Name == name);

    // Changes, inserts, drops or doubles a byte at a place.
    private static byte[] Mutate(byte[] bytes, int place, Random random)
    {
        byte[] before = bytes[..place], after = bytes[(place + 1)..];
        return random.Next(8) switch
        {
            0 => [.. before, .. after],
            1 => [.. before, bytes[place], bytes[place], .. after],
            2 => [.. before, (byte)random.Next(256), bytes[place], .. after],
            3 => [.. before, (byte)(bytes[place] ^ (1 << random.Next(8))), .. after],
            _ => [.. before, (byte)random.Next(256), .. after],
        };
    }
}

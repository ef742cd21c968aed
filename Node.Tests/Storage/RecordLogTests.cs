using Ledger.Node.Storage;

namespace Ledger.Node.Tests.Storage;

public class RecordLogTests
{
    private static readonly byte[][] Votes = [[.. "prevote"u8], [.. "precommit of a block"u8], [.. "commit"u8]];

    private TemporaryDirectory home = null!;

    private string Log => home["votes.log"];

    [SetUp]
    public void MakeHome() => home = new();

    [TearDown]
    public void RemoveHome() => home.Dispose();

    [Test]
    public void The_checksum_is_that_of_rfc_3720() =>
        Assert.That(Crc32C.Of("1234"u8, "56789"u8), Is.EqualTo(0xe3069283));

    [Test]
    public void A_new_log_is_empty()
    {
        using var log = RecordLog.Open(Log, out var replay);
        Assert.That((replay.Records.Count, replay.Length, replay.TornBytes), Is.EqualTo((0, 0, 0)));
    }

    [Test]
    public void Records_come_back_in_order_and_new_ones_follow()
    {
        Write(Votes[..2]);
        Write(Votes[2..]);
        Assert.That(Read().Records, Is.EqualTo(Votes));
    }

    [Test]
    public void Reset_forgets_what_was_written()
    {
        Write(Votes);
        using (var log = RecordLog.Open(Log, out _))
        {
            log.Reset();
            log.Append(Votes[2]);
            log.Sync();
        }

        Assert.That(Read().Records, Is.EqualTo(Votes[2..]));
    }

    [Test]
    public void A_log_cut_anywhere_in_its_last_record_keeps_the_others()
    {
        var whole = Written(Votes);
        var start = Written(Votes[..2]).Length;
        for (var length = start; length < whole.Length; length++)
        {
            File.WriteAllBytes(Log, whole[..length]);
            var replay = Read();
            Assert.That(replay.Records, Is.EqualTo(Votes[..2]), $"cut at byte {length}");
            Assert.That(replay.TornBytes, Is.EqualTo(length - start));
            Assert.That(new FileInfo(Log).Length, Is.EqualTo(start), "the torn bytes are still there");
        }
    }

    [Test]
    public void After_a_torn_record_the_log_goes_on()
    {
        File.WriteAllBytes(Log, Written(Votes)[..^1]);
        Write(Votes[2..]);
        Assert.That(Read().Records, Is.EqualTo(Votes));
    }

    [Test]
    public void Any_wrong_byte_in_the_last_record_cuts_it_off()
    {
        var whole = Written(Votes);
        foreach (var flipped in Flips(whole, Written(Votes[..2]).Length, whole.Length))
        {
            File.WriteAllBytes(Log, flipped);
            Assert.That(Read().Records, Is.EqualTo(Votes[..2]));
        }
    }

    [Test]
    public void Any_wrong_byte_before_the_last_record_is_damage()
    {
        var whole = Written(Votes);
        foreach (var flipped in Flips(whole, 0, Written(Votes[..2]).Length))
        {
            File.WriteAllBytes(Log, flipped);
            var damage = Assert.Throws<StoreException>(() => Read());
            Assert.That(damage.Message, Does.Contain("is damaged: the record at byte"));
            Assert.That(File.ReadAllBytes(Log), Is.EqualTo(flipped), "damage must be left as it is");
        }
    }

    [Test]
    public void Zeros_after_the_last_record_are_a_torn_end()
    {
        File.WriteAllBytes(Log, [.. Written(Votes), .. new byte[4096]]);
        var replay = Read();
        Assert.That((replay.Records.Count, replay.TornBytes), Is.EqualTo((3, 4096)));
    }

    [Test]
    public void A_payload_made_of_lengths_cannot_make_the_search_endless()
    {
        // Each offset of the cut record looks like a record of its own, a sixteenth of a megabyte long.
        var hostile = new byte[Record.MaxPayload];
        for (var i = 0; i < hostile.Length; i += 4)
            hostile[i + 2] = 1;
        File.WriteAllBytes(Log, Record.Encode(hostile)[..^1]);
        Assert.That(() => Read(), Throws.TypeOf<StoreException>());
    }

    [TestCase(0)]
    [TestCase(Record.MaxPayload + 1)]
    public void A_record_has_bounds(int length)
    {
        using var log = RecordLog.Open(Log, out _);
        Assert.That(() => log.Append(new byte[length]), Throws.ArgumentException);
    }

    [Test]
    public void A_second_opener_is_refused()
    {
        using var log = RecordLog.Open(Log, out _);
        var refusal = Assert.Throws<StoreException>(() => RecordLog.Open(Log, out _));
        Assert.That(refusal.Message, Does.EndWith("is in use by another process"));
    }

    [Test]
    public void A_missing_directory_is_one_line()
    {
        var refusal = Assert.Throws<StoreException>(() => RecordLog.Open(home["none/votes.log"], out _));
        Assert.That(refusal.Message, Does.StartWith("cannot open").And.Not.Contain("\n"));
    }

    private static byte[] Written(byte[][] payloads) => [.. payloads.SelectMany(payload => Record.Encode(payload))];

    private static IEnumerable<byte[]> Flips(byte[] whole, int start, int end) =>
        from position in Enumerable.Range(start, end - start)
        from bit in Enumerable.Range(0, 8)
        select Flip(whole, position, bit);

    private static byte[] Flip(byte[] whole, int position, int bit)
    {
        var copy = whole.ToArray();
        copy[position] ^= (byte)(1 << bit);
        return copy;
    }

    private void Write(byte[][] payloads)
    {
        using var log = RecordLog.Open(Log, out _);
        foreach (var payload in payloads)
            log.Append(payload);
        log.Sync();
    }

    private RecordReplay Read()
    {
        using var log = RecordLog.Open(Log, out var replay);
        return replay;
    }
}

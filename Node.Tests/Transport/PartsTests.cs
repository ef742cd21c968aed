using Ledger.Node.Transport;

namespace Ledger.Node.Tests.Transport;

/// <summary>The small parts, each against the plainest possible model of itself.</summary>
public class PartsTests
{
    [Test]
    public void Bounds_fit_together()
    {
        const int smallest = TransportLimits.DatagramBytesBase - DataPacket.HeaderBytes - DataPacket.TagBytes;
        Assert.That(TransportLimits.SinglePacketBytesMax + MessageFrame.HeaderBytes(long.MaxValue >> 2),
            Is.LessThanOrEqualTo(smallest), "a vote is one packet");
        Assert.That(AckFrame.BytesMax, Is.LessThan(smallest), "an acknowledgement is one packet");
        Assert.That(TransportLimits.SentPacketsMax, Is.LessThan(TransportLimits.ReplayWindow - 64));
        Assert.That(PartialMessage.ChargeMax(TransportLimits.MessageBytesMax),
            Is.LessThanOrEqualTo(MessageClasses.All.Min(TransportLimits.OpenBytesMax)), "the longest can be begun");
        Assert.That(Credit.CostOf(TransportLimits.MessageBytesMax),
            Is.LessThanOrEqualTo(TransportLimits.CreditBytes / 2),
            "who waits with the longest message waits for less than is granted at once");
        Assert.That(TransportLimits.OpenMessagesMax % 64 + TransportLimits.ReplayWindow % 64, Is.Zero);
    }

    [TestCase(0)]
    [TestCase(63)]
    [TestCase(64)]
    [TestCase(16_383)]
    [TestCase(16_384)]
    [TestCase((1L << 30) - 1)]
    [TestCase(1L << 30)]
    [TestCase((1L << 62) - 1)]
    public void A_varint_reads_back_and_has_one_form(long value)
    {
        var target = new byte[8];
        var writer = new PacketWriter(target);
        writer.Varint(value);
        var reader = new PacketReader(target.AsSpan(0, writer.Length));

        Assert.That(reader.Varint(), Is.EqualTo(value));
        Assert.That(reader is { Failed: false, AtEnd: true });
    }

    [Test]
    public void A_varint_in_a_longer_form_than_needed_is_refused()
    {
        var reader = new PacketReader([0x40, 0x01]);
        reader.Varint();

        Assert.That(reader.Failed);
    }

    [Test]
    public void A_range_set_is_a_set([Range(1, 50)] int seed)
    {
        var random = new Random(seed);
        var ranges = new RangeSet();
        var model = new HashSet<long>();
        for (var i = 0; i < 200; i++)
        {
            var start = random.Next(300);
            var end = start + random.Next(1, 20);
            var fresh = Enumerable.Range(start, end - start).Count(number => model.Add(number));
            Assert.That(ranges.Add(start, end), Is.EqualTo(fresh));
        }
        for (var i = 1; i < ranges.Count; i++)
            Assert.That(ranges[i].Start, Is.GreaterThan(ranges[i - 1].End));
        for (var n = 0; n < 330; n++)
            Assert.That(ranges.Contains(n, n + 1), Is.EqualTo(model.Contains(n)));
    }

    [Test]
    public void The_replay_window_takes_each_number_once([Range(1, 20)] int seed)
    {
        var random = new Random(seed);
        var window = new ReplayWindow();
        var seen = new HashSet<long>();
        long top = 0;
        for (var i = 0; i < 20_000; i++)
        {
            top += random.Next(40) == 0 ? random.Next(9_000) : random.Next(3);
            var number = Math.Max(0, top - random.Next(random.Next(10) == 0 ? 12_000 : 100));
            var expected = !seen.Contains(number) && number > window.Highest - (TransportLimits.ReplayWindow - 64);
            Assert.That(window.IsFresh(number), Is.EqualTo(expected));
            if (!expected)
                continue;
            seen.Add(number);
            window.Mark(number);
        }
    }

    [TestCase(-1, 0)]
    [TestCase(10, 5)]
    [TestCase(0xFFFF_FFFF, 0x1_0000_0000)]
    [TestCase(0x1_0000_0005, 0xFFFF_FFF0)]
    [TestCase(0x7_8000_0000, 0x7_FFFF_FFFF)]
    public void Half_a_packet_number_is_enough(long highest, long number)
    {
        var packet = new byte[DataPacket.HeaderBytes];
        DataPacket.WriteHeader(packet, 1, number, phase: false);

        Assert.That(DataPacket.Number(packet, highest), Is.EqualTo(number));
    }

    [Test]
    public void An_acknowledgement_reads_back()
    {
        var received = new RangeSet();
        foreach (var number in (long[])[1, 2, 3, 7, 9, 100_000, 100_001])
            received.Add(number, number + 1);
        var target = new byte[AckFrame.BytesMax];
        var writer = new PacketWriter(target);
        AckFrame.Write(ref writer, received, 100);
        var reader = new PacketReader(target.AsSpan(1, writer.Length - 1));
        var ranges = new (long, long)[TransportLimits.AckRangesMax];

        var count = AckFrame.Read(ref reader, ranges, out var delay);

        Assert.That(ranges[..count], Is.EqualTo(new (long, long)[] { (100_000, 100_002), (9, 10), (7, 8), (1, 4) }));
        Assert.That(delay, Is.EqualTo(100));
    }
}

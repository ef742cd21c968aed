using Ledger.Node.Transport;

namespace Ledger.Node.Tests.Transport;

/// <summary>When packets are acknowledged, and for how long it is said again.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public class AckTests
{
    private const long Second = 1_000_000, LongPathUs = 50_000, ShortPathUs = 1_000;

    private readonly AckTracker acks = new();
    private long nowUs = Second;
    private long next;

    [Test]
    public void A_single_packet_waits_five_milliseconds()
    {
        Arrive();

        Assert.That(acks.DueUs, Is.EqualTo(nowUs + TransportLimits.AckDelayUs));
    }

    [Test]
    public void A_vote_is_acknowledged_at_once()
    {
        Begin();
        acks.OnPacket(nowUs, next, elicitsAck: true, urgent: true, LongPathUs);

        Assert.That(acks.DueUs, Is.EqualTo(nowUs));
    }

    [Test]
    public void The_first_packets_of_a_connection_are_acknowledged_by_twos()
    {
        while (next + 2 < TransportLimits.AckByTwosAtFirst)
            Assert.That(PacketsUntilDue(LongPathUs), Is.EqualTo(2));
    }

    [Test]
    public void Bulk_over_a_long_path_is_acknowledged_every_eight_packets()
    {
        Begin();

        Assert.That(PacketsUntilDue(LongPathUs), Is.EqualTo(8));
        Assert.That(PacketsUntilDue(LongPathUs), Is.EqualTo(8));
    }

    [Test]
    public void Fewer_packets_wait_a_quarter_of_the_round_trip_and_five_milliseconds_at_most()
    {
        Begin();
        Arrive(roundTripUs: 8_000);
        Arrive(roundTripUs: 8_000);
        Assert.That(acks.DueUs, Is.EqualTo(nowUs + 2_000));

        Tell();
        Arrive(LongPathUs);
        Arrive(LongPathUs);
        Assert.That(acks.DueUs, Is.EqualTo(nowUs + TransportLimits.AckDelayUs));
    }

    // A sender of few packets a round trip must not wait for a timer.
    [Test]
    public void On_a_short_path_bulk_is_acknowledged_by_twos()
    {
        Begin();

        Assert.That(PacketsUntilDue(ShortPathUs), Is.EqualTo(2));
    }

    [Test]
    public void A_gap_is_told_at_once_and_the_packets_after_it_by_twos_until_the_sender_knows_what_is_lost()
    {
        Begin();
        next++;

        Assert.That(PacketsUntilDue(LongPathUs), Is.EqualTo(1));
        Assert.That(PacketsUntilDue(LongPathUs), Is.EqualTo(2));
        Assert.That(PacketsUntilDue(LongPathUs), Is.GreaterThan(2));
    }

    [Test]
    public void A_packet_that_was_overtaken_is_acknowledged_at_once()
    {
        Begin();
        next++;
        PacketsUntilDue(LongPathUs);
        acks.OnPacket(nowUs, next - 2, elicitsAck: true, urgent: false, LongPathUs);

        Assert.That(acks.DueUs, Is.EqualTo(nowUs));
    }

    [Test]
    public void What_the_other_side_has_heard_is_not_told_again()
    {
        for (var i = 0; i < 20; i++, next++)
            Arrive();
        Assert.That(acks.Ranges, Is.EqualTo(20));

        acks.Forget(Tell());
        Assert.That(acks.Ranges, Is.Zero);

        Arrive();
        Assert.That(acks.Ranges, Is.EqualTo(1));
    }

    // Otherwise it would be sent again for nothing, or an acknowledgement be owed that has nothing to tell.
    [Test]
    public void A_late_packet_is_told_even_if_all_above_it_was_heard_of_before()
    {
        Arrive();
        next++;
        Arrive();
        var heard = Tell();
        acks.OnPacket(nowUs, 1, elicitsAck: true, urgent: false, LongPathUs);

        acks.Forget(heard);

        Assert.That(acks.IsOwed);
        Assert.That(Tell(), Is.EqualTo(3));
    }

    [Test]
    public void A_blob_over_a_long_path_costs_one_packet_back_for_every_eight()
    {
        using var network = new VirtualNetwork(
            1, new() { DelayUs = LongPathUs / 2, BytesPerSecond = 12_500_000 });
        var (a, b) = network.Pair();
        for (var i = 0; i < 8; i++)
            a.Send(b, MessageClass.Blob, new byte[1 << 20]);
        network.RunUntil(() => b.Received.Count == 2, 60 * Second);
        var before = network.Sent.Count;

        network.RunUntil(() => b.Received.Count == 7, 60 * Second);

        var sent = network.Sent.Skip(before).ToList();
        var back = sent.Count(s => s.From.Equals(b.Address));
        Assert.That((sent.Count - back) / back, Is.InRange(6, 8));
    }

    [Test]
    public void Acknowledgements_stay_short_however_long_a_path_loses_packets()
    {
        using var network = new VirtualNetwork(1, new() { DelayUs = 5_000, BytesPerSecond = 12_500_000 });
        var (a, b) = network.Pair();
        network.Faults = network.Faults with { Loss = 20 };
        for (var i = 0; i < 8; i++)
            a.Send(b, MessageClass.Blob, new byte[1 << 20]);
        network.RunUntil(() => b.Received.Count == 7, 60 * Second);

        var last = network.Sent.Where(s => s.From.Equals(b.Address)).TakeLast(100).Select(s => s.Bytes.Length);
        Assert.That(last.Average(), Is.LessThan(65), "32 ranges take 90 bytes");
    }

    private void Begin()
    {
        while (next < TransportLimits.AckByTwosAtFirst)
            Arrive();
        Tell();
    }

    private void Arrive(long roundTripUs = LongPathUs) =>
        acks.OnPacket(nowUs, next++, elicitsAck: true, urgent: false, roundTripUs);

    private int PacketsUntilDue(long roundTripUs)
    {
        for (var count = 1; ; count++)
        {
            Arrive(roundTripUs);
            if (acks.DueUs > nowUs)
                continue;
            Tell();
            return count;
        }
    }

    private long Tell()
    {
        var writer = new PacketWriter(new byte[AckFrame.BytesMax]);
        return acks.Write(nowUs, ref writer);
    }
}

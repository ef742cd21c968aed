using System.Net;
using Ledger.Node.Transport;

namespace Ledger.Node.Tests.Transport;

/// <summary>What a peer with valid keys can do: end its own connection, and no more.</summary>
public class CheatTests
{
    private static readonly IPEndPoint Elsewhere = new(new IPAddress([10, 77, 7, 7]), 777);

    // Attack 10.
    [TestCase(1L << 31)]
    [TestCase(1L << 40)]
    public void A_forged_packet_far_ahead_moves_nothing(long jump)
    {
        using var network = new VirtualNetwork(1);
        var victim = network.Add(1);
        using var cheat = new Cheat(network, victim);
        using var wrong = new PacketCipher(new byte[32], Capabilities.None);
        victim.Endpoint.OnDatagram(network.NowUs, Cheat.Home, cheat.SealWith(wrong, cheat.Number + jump, [1]));

        cheat.Say(Vote(0));

        Assert.That(cheat.Events.OfType<NetEvent.Received>().Count(), Is.EqualTo(1));
        Assert.That(victim.Statistics.Dropped(DropReason.WrongTag), Is.EqualTo(1));
    }

    // Attack 10.
    [Test]
    public void Numbers_that_are_old_or_came_before_are_dropped_and_a_jump_of_its_own_is_the_peers_affair()
    {
        using var network = new VirtualNetwork(1);
        var victim = network.Add(1);
        using var cheat = new Cheat(network, victim);
        var early = cheat.Seal(Vote(0));
        cheat.Number += (1L << 31) - 1_000;
        var late = cheat.Seal(Vote(1));

        foreach (var packet in (byte[][])[late, late, early])
            victim.Endpoint.OnDatagram(network.NowUs, Cheat.Home, packet);

        Assert.That(cheat.Events.OfType<NetEvent.Received>().Count(), Is.EqualTo(1));
        Assert.That(victim.Statistics.Dropped(DropReason.Replayed), Is.EqualTo(2));
    }

    // Attack 11.
    [Test]
    public void A_second_new_key_before_any_acknowledgement_ends_the_connection()
    {
        using var network = new VirtualNetwork(1);
        var victim = network.Add(1);
        using var cheat = new Cheat(network, victim);
        cheat.RenewKey();
        cheat.Say(Vote(0));
        Assert.That(cheat.Events.OfType<NetEvent.Received>().Count(), Is.EqualTo(1), "one new key is fine");

        cheat.RenewKey();
        cheat.Say(Vote(1));

        Assert.That(cheat.IsClosed);
    }

    // Attack 11.
    [Test]
    public void An_old_key_opens_packets_for_three_probe_timeouts_only([Values] bool isLate)
    {
        using var network = new VirtualNetwork(1);
        var victim = network.Add(1);
        using var cheat = new Cheat(network, victim);
        var overtaken = cheat.Seal(Vote(0));
        cheat.RenewKey();
        cheat.Say(Vote(1));
        if (isLate)
            network.Run(2_000_000);

        victim.Endpoint.OnDatagram(network.NowUs, Cheat.Home, overtaken);

        Assert.That(victim.Statistics.Dropped(DropReason.OldKey), Is.EqualTo(isLate ? 1 : 0));
        Assert.That(cheat.Events.OfType<NetEvent.Received>().Count(), Is.EqualTo(isLate ? 1 : 2));
        Assert.That(cheat.IsClosed, Is.False);
    }

    // Attack 12.
    [Test]
    public void An_acknowledgement_of_what_was_never_sent_ends_the_connection()
    {
        Assert.That(IsClosedAfter([Ack((0, 1_000_000))]));
    }

    // Attack 12.
    [Test]
    public void An_acknowledgement_of_a_number_that_was_left_out_ends_the_connection()
    {
        Assert.That(EndsOptimist(PlantedBug.None));
        Assert.That(EndsOptimist(PlantedBug.NoSkippedNumbers), Is.False, "the planted bug must be noticed");
    }

    // Attack 12.
    [TestCase("02" + "00" + "00" + "20" + "00", TestName = "Attack_12_thirty_three_ranges")]
    [TestCase("02" + "00" + "00" + "00" + "05", TestName = "Attack_12_a_range_below_zero")]
    [TestCase("02" + "00" + "00" + "01" + "00" + "00" + "00", TestName = "Attack_12_a_second_range_below_zero")]
    // Attack 15.
    [TestCase("09", TestName = "Attack_15_a_frame_of_an_unknown_type")]
    [TestCase("1C", TestName = "Attack_15_a_message_of_an_unknown_class")]
    [TestCase("10C0", TestName = "Attack_15_a_varint_cut_short")]
    [TestCase("104001" + "0000", TestName = "Attack_15_a_varint_longer_than_it_need_be")]
    [TestCase("04" + "00" + "05", TestName = "Attack_15_credit_for_a_class_that_has_none")]
    [TestCase("04" + "01", TestName = "Attack_15_credit_cut_short")]
    [TestCase("05" + "00", TestName = "Attack_15_a_challenge_cut_short")]
    [TestCase("08" + "0000" + "01", TestName = "Attack_15_something_after_the_end")]
    [TestCase("1000" + "0005" + "01", TestName = "Attack_15_a_message_shorter_than_it_says")]
    public void A_malformed_frame_ends_the_connection(string frame)
    {
        Assert.That(IsClosedAfter([Convert.FromHexString(frame)]));
    }

    // Attack 15.
    [Test]
    public void Ten_thousand_pings_in_packets_full_of_them_end_the_connection_and_padding_never_does()
    {
        Assert.That(IsClosedAfter([Enumerable.Repeat(FrameType.Ping, 1_000).ToArray()]));
        Assert.That(IsClosedAfter([new byte[1_100]]), Is.False);
    }

    // Attack 15.
    [Test]
    public void Padding_alone_is_never_acknowledged()
    {
        using var network = new VirtualNetwork(1);
        using var cheat = new Cheat(network, network.Add(1));
        var before = network.Sent.Count;
        cheat.Say(new byte[100]);
        cheat.Say(new byte[100]);
        network.Run(4 * TransportLimits.AckDelayUs);
        Assert.That(network.Sent, Has.Count.EqualTo(before));

        cheat.Say(FrameType.Ping);
        network.Run(4 * TransportLimits.AckDelayUs);
        Assert.That(network.Sent, Has.Count.EqualTo(before + 1));
    }

    // Attack 12.
    [Test]
    public void A_monstrous_acknowledgement_delay_is_clamped()
    {
        byte[] ack = [FrameType.Ack, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0];

        Assert.That(IsClosedAfter([ack]), Is.False);
    }

    [Test]
    public void Reserved_bits_in_an_authentic_packet_end_the_connection()
    {
        using var network = new VirtualNetwork(1);
        var victim = network.Add(1);
        using var cheat = new Cheat(network, victim);

        victim.Endpoint.OnDatagram(
            network.NowUs, Cheat.Home, cheat.SealWith(cheat.Sealer, cheat.Number++, [FrameType.Ping], type: 0x01));

        Assert.That(cheat.IsClosed);
    }

    // Attack 16.
    [Test]
    public void An_address_that_changes_with_every_packet_is_asked_once_a_second()
    {
        using var network = new VirtualNetwork(1);
        var victim = network.Add(1);
        using var cheat = new Cheat(network, victim);
        var asked = 0;
        for (var i = 0; i < 3_000; i++)
        {
            cheat.SayFrom(new(Elsewhere.Address, 1 + i), FrameType.Ping);
            asked += cheat.Listen().Count(heard => heard.Frames[0] == FrameType.PathChallenge);
            network.Run(1_000);
        }

        Assert.That(asked, Is.InRange(1, 4));
        Assert.That(victim.Statistics.Peers.Single().Address, Is.EqualTo(Cheat.Home));
    }

    // Attack 16.
    [Test]
    public void A_flood_of_challenges_gets_eight_answers_at_a_time()
    {
        using var network = new VirtualNetwork(1);
        using var cheat = new Cheat(network, network.Add(1));
        for (var i = 0; i < 100; i++)
            cheat.Say([.. Enumerable.Repeat<byte[]>([FrameType.PathChallenge, 1, 2, 3, 4, 5, 6, 7, 8], 60)
                .SelectMany(frame => frame)]);

        var answers = cheat.Listen().Where(heard => heard.Frames[0] == FrameType.PathResponse).ToList();

        Assert.That(answers, Has.Count.EqualTo(TransportLimits.PathResponsesMax));
        Assert.That(answers[0].Frames[1..], Is.EqualTo(new byte[] { 1, 2, 3, 4, 5, 6, 7, 8 }));
    }

    // Attack 16.
    [Test]
    public void A_copy_of_a_packet_under_a_false_address_moves_nobody_and_gets_little()
    {
        Assert.That(BytesToFalseAddress(PlantedBug.None, out var received),
            Is.InRange(1, TransportLimits.AmplificationMax * received));
        Assert.That(BytesToFalseAddress(PlantedBug.NoPathValidation, out received),
            Is.GreaterThan(TransportLimits.AmplificationMax * received), "the planted bug must be noticed");
    }

    private static long BytesToFalseAddress(PlantedBug bugs, out long received)
    {
        using var network = new VirtualNetwork(1);
        var victim = network.Add(1, bugs: bugs);
        using var cheat = new Cheat(network, victim);
        received = 27;
        cheat.SayFrom(Elsewhere, FrameType.Ping, 0);
        victim.Endpoint.Send(network.NowUs, cheat.Id, MessageClass.Blob, new byte[5_000]);
        var sent = 0L;
        for (var i = 0; i < 100; i++)
        {
            sent += cheat.Listen().Where(heard => heard.To.Equals(Elsewhere))
                .Sum(heard => heard.Frames.Length + DataPacket.HeaderBytes + DataPacket.TagBytes);
            network.Run(100_000);
        }
        return sent;
    }

    private static bool EndsOptimist(PlantedBug bugs)
    {
        using var network = new VirtualNetwork(1);
        var victim = network.Add(1, bugs: bugs);
        using var cheat = new Cheat(network, victim);
        victim.Endpoint.Send(network.NowUs, cheat.Id, MessageClass.Blob, new byte[1 << 20]);
        var highest = 0L;
        for (var i = 0; i < 200 && !cheat.IsClosed; i++)
        {
            foreach (var (_, number, _) in cheat.Listen())
                highest = Math.Max(highest, number);
            // The optimist acknowledges everything up to what it has seen.
            cheat.Say(Ack((0, highest + 1)));
            network.Run(1_000);
        }
        return cheat.IsClosed;
    }

    private static bool IsClosedAfter(byte[][] packets)
    {
        using var network = new VirtualNetwork(1);
        using var cheat = new Cheat(network, network.Add(1));
        foreach (var frames in packets)
            cheat.Say(frames);
        return cheat.IsClosed;
    }

    internal static byte[] Vote(long id)
    {
        var target = new byte[64];
        var writer = new PacketWriter(target);
        new MessageFrame { Class = MessageClass.Vote, Id = id, Data = [1, 2, 3] }.Write(ref writer);
        return target[..writer.Length];
    }

    internal static byte[] Ack(params (long Start, long End)[] ranges)
    {
        var received = new RangeSet();
        foreach (var (start, end) in ranges)
            received.Add(start, end);
        var target = new byte[AckFrame.BytesMax];
        var writer = new PacketWriter(target);
        AckFrame.Write(ref writer, received, 0);
        return target[..writer.Length];
    }
}

using System.Net;
using Ledger.Node.Transport;

namespace Ledger.Node.Tests.Transport;

/// <summary>What strangers and cheating peers send. Nothing of it may end the process, a connection or the
/// memory.</summary>
public class HostileTests
{
    private static readonly IPEndPoint Stranger = new(new IPAddress([10, 9, 9, 9]), 1);

    // Attack 5.
    [Test]
    public void A_replayed_datagram_has_no_effect()
    {
        Assert.That(ReplaysTaken(PlantedBug.None), Is.Zero);
        Assert.That(ReplaysTaken(PlantedBug.NoReplayWindow), Is.Positive, "the planted bug must be noticed");
    }

    [Test]
    public void Corrupted_packets_never_close_a_connection([Range(1, 5)] int seed)
    {
        using var network = new VirtualNetwork(seed);
        var (a, b) = network.Pair();
        network.Faults = new() { Corruption = 300 };
        a.Send(b, MessageClass.Chain, MessageTests.Bytes(100_000));
        network.RunUntil(() => b.Received.Count == 1, 60_000_000);

        Assert.That(b.Received.Single().Message, Is.EqualTo(MessageTests.Bytes(100_000)));
        Assert.That(b.Statistics.Dropped(DropReason.WrongTag), Is.Positive);
        Assert.That(a.Events.Concat(b.Events), Has.None.InstanceOf<NetEvent.PeerDown>());
    }

    // Attack 8.
    [Test]
    public void A_flipped_bit_anywhere_in_any_packet_only_costs_that_packet()
    {
        using var network = new VirtualNetwork(1);
        var (a, b) = network.Pair();
        a.Send(b, MessageClass.Vote, new byte[100]);
        network.Run(100_000);
        foreach (var (_, to, bytes) in network.Sent.ToList())
            for (var i = 0; i < bytes.Length; i += i < 100 ? 1 : 50)
            {
                var copy = (byte[])bytes.Clone();
                copy[i] ^= 0x10;
                network.Inject(Stranger, to, copy);
            }
        network.Run(5_000_000);

        Assert.That(a.IsConnected(b) && b.IsConnected(a));
        Assert.That(b.Received, Has.Count.EqualTo(1));
        Assert.That(a.Events.Concat(b.Events).OfType<NetEvent.PeerUp>().Count(), Is.EqualTo(2));
        Assert.That(a.Events.Concat(b.Events), Has.None.InstanceOf<NetEvent.PeerDown>());
    }

    // Attack 1.
    [TestCase(0)]
    [TestCase(1)]
    [TestCase(8)]
    [TestCase(20)]
    [TestCase(65_507)]
    public void A_datagram_of_any_length_and_type_is_dropped_and_counted(int length)
    {
        using var network = new VirtualNetwork(1);
        var (a, b) = network.Pair();
        var before = b.Statistics.Drops.Skip(1).Sum();
        for (var type = 0; type < 256; type++)
        {
            var garbage = new byte[length];
            if (length > 0)
                garbage[0] = (byte)type;
            b.Endpoint.OnDatagram(network.NowUs, Stranger, garbage);
        }

        Assert.That(b.Statistics.Drops.Skip(1).Sum(), Is.EqualTo(before + 256));
        Assert.That(a.IsConnected(b) && b.IsConnected(a));
    }

    // Attack 1.
    [Test]
    public void Garbage_of_every_length_is_dropped_and_counted()
    {
        using var network = new VirtualNetwork(1);
        var (a, b) = network.Pair();
        var random = new Random(1);
        var before = b.Statistics.DatagramsIn;
        for (var i = 0; i < 20_000; i++)
        {
            var garbage = new byte[i % 100 == 0 ? 65_507 : random.Next(1_300)];
            random.NextBytes(garbage);
            if (garbage.Length > 0)
                garbage[0] = (byte)(i % 7 == 0 ? PacketType.Data : i % 8);
            b.Endpoint.OnDatagram(network.NowUs, Stranger, garbage);
        }
        var statistics = b.Statistics;

        Assert.That(statistics.DatagramsIn - before, Is.EqualTo(20_000));
        Assert.That(statistics.Drops.Skip(1).Sum(), Is.GreaterThanOrEqualTo(20_000));
        Assert.That(statistics.HalfOpen, Is.Zero);
        a.Send(b, MessageClass.Vote, [1]);
        network.Run(100_000);
        Assert.That(b.Received, Has.Count.EqualTo(1));
    }

    // Attack 9.
    [Test]
    public void A_flood_of_packets_with_wrong_tags_closes_nothing_and_delays_no_vote()
    {
        using var network = new VirtualNetwork(1);
        var (a, b) = network.Pair();
        a.Send(b, MessageClass.Vote, [1]);
        network.Run(1_000_000);
        var forged = network.Sent.Last(sent => sent.To.Equals(b.Address) && PacketType.IsData(sent.Bytes[0])).Bytes;
        forged[^1] ^= 1;
        for (var i = 0; i < 2_000; i++)
        {
            // A number of its own each time, or the replay window would drop it.
            forged[7] = (byte)(1 + i / 256);
            forged[8] = (byte)(i % 256);
            b.Endpoint.OnDatagram(network.NowUs, a.Address, forged);
        }
        a.Send(b, MessageClass.Vote, [2]);
        network.Run(network.Faults.DelayUs);

        Assert.That(b.Statistics.Dropped(DropReason.WrongTag), Is.EqualTo(2_000));
        Assert.That(b.Received[^1].Message, Is.EqualTo(new byte[] { 2 }));
    }

    [Test]
    public void Frames_of_random_bytes_end_in_a_verdict_and_within_the_memory_bound([Range(1, 20)] int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < 5_000; i++)
        {
            var content = new byte[random.Next(1, 200)];
            random.NextBytes(content);
            content[0] = (byte)(i % 3 == 0 ? FrameType.Ack : FrameType.Message | random.Next(16));
            Handler().Read(1, Stranger, content, new());
        }
    }

    [Test]
    public void Mutated_frames_end_in_a_verdict([Range(1, 10)] int seed)
    {
        var random = new Random(seed);
        var handler = Handler();
        for (var i = 0; i < 20_000; i++)
        {
            var target = new byte[600];
            var writer = new PacketWriter(target);
            Part(id: i % 50, offset: i % 4 * 500, total: 2_000, length: 500).Write(ref writer);
            var content = target[..writer.Length];
            if (i % 2 == 0)
                content[random.Next(12)] ^= (byte)(1 << random.Next(8));
            handler.Read(1, Stranger, content, new());
        }
    }

    [Test]
    public void A_peer_that_claims_long_messages_is_charged_for_what_it_sends()
    {
        var queue = new ReceiveQueue(MessageClass.Blob, new(), filtersDuplicates: true);
        var taken = 0;
        while (queue.TryAdd(Part(id: taken, offset: 0, total: 1 << 20, length: 1), out _))
            taken++;

        Assert.That(taken, Is.EqualTo(TransportLimits.OpenBytesMax(MessageClass.Blob) / TransportLimits.SlabBytes));
    }

    [Test]
    public void A_message_in_too_many_pieces_is_a_protocol_error()
    {
        var queue = new ReceiveQueue(MessageClass.Blob, new(), filtersDuplicates: true);
        var offset = 0;
        while (queue.TryAdd(Part(id: 0, offset, total: 1 << 20, length: 1), out _))
            offset += 2;

        Assert.That(offset, Is.EqualTo(2 * TransportLimits.GapsMax));
    }

    private static MessageFrame Part(long id, long offset, long total, int length) =>
        new()
        {
            Class = MessageClass.Blob,
            IsPart = true,
            Id = id,
            Offset = offset,
            Total = total,
            Data = new byte[length],
        };

    private static FrameHandler Handler()
    {
        using var key = Some.Key(1);
        var options = new EndpointOptions { Key = key, Network = Some.Digest(1), Random = bytes => bytes.Clear() };
        var mtu = new PathMtu(options);
        return new(new()
        {
            Peer = default,
            Connection = default,
            SendCredit = new(),
            ReceiveCredit = new(),
            Recovery = new([], default, mtu, new()),
            Numbers = new(options.Random, skips: true),
            Mtu = mtu,
            Path = new(Stranger, options),
            Memory = new(),
            FiltersDuplicates = true,
        });
    }

    private static long ReplaysTaken(PlantedBug bugs)
    {
        using var network = new VirtualNetwork(1);
        var (a, b) = network.Pair(bugs);
        a.Send(b, MessageClass.Vote, [1]);
        network.Run(1_000_000);
        var toB = network.Sent.FindAll(sent => sent.To.Equals(b.Address) && PacketType.IsData(sent.Bytes[0]));
        var before = b.Statistics.Drops[(int)DropReason.None];
        foreach (var (from, to, bytes) in toB)
            network.Inject(from, to, bytes);
        network.Run(1);
        Assert.That(b.Received, Has.Count.EqualTo(1));
        return b.Statistics.Drops[(int)DropReason.None] - before;
    }
}

using System.Buffers.Binary;
using System.Net;
using Ledger.Node.Transport;

namespace Ledger.Node.Tests.Transport;

/// <summary>What strangers can make a node do before they have proved anything: as little as possible.</summary>
public class StrangerTests
{
    private const long Second = 1_000_000;

    // Attack 2.
    [Test]
    public void An_init_that_is_short_or_of_another_network_or_badly_formed_gets_silence()
    {
        using var network = new VirtualNetwork(1);
        var b = network.Add(2);
        var init = FirstPacket(network, b);
        byte[] Changed(int at, byte value) => [.. init[..at], value, .. init[(at + 1)..]];
        (byte[] Init, DropReason Reason)[] cases =
        [
            (init[..1199], DropReason.Malformed),
            (Changed(1199, 1), DropReason.Malformed),
            (Changed(1, 9), DropReason.WrongVersion),
            (Changed(2, (byte)(init[2] ^ 0xFF)), DropReason.WrongNetwork),
            (Changed(60, (byte)(init[60] ^ 0xFF)), DropReason.WrongMac),
            (Remade(init, b, 10, 0), DropReason.HandshakeFailed),
            (Remade(init, b, 10, 2, noPoint: true), DropReason.HandshakeFailed),
        ];

        foreach (var (packet, reason) in cases)
        {
            var before = b.Statistics.Dropped(reason);
            b.Endpoint.OnDatagram(network.NowUs, Address(1), packet);
            Assert.That(b.Statistics.Dropped(reason), Is.EqualTo(before + 1), $"{reason}");
        }

        Assert.That(b.Endpoint.TryTransmit(network.NowUs, out _), Is.False);
        Assert.That(b.Statistics.HalfOpen, Is.Zero);
    }

    // Attack 3.
    [Test]
    public void A_flood_of_inits_from_forged_addresses_gets_retries_and_little_memory()
    {
        var (answers, retries, halfOpen, bytesIn, bytesOut) = Flood(PlantedBug.None);

        Assert.That(answers, Is.LessThanOrEqualTo(TransportLimits.HalfOpenUnderLoad));
        Assert.That(retries, Is.GreaterThan(4_000));
        Assert.That(halfOpen, Is.LessThanOrEqualTo(TransportLimits.HalfOpenUnderLoad));
        Assert.That(bytesOut, Is.LessThan(bytesIn / 10));
        Assert.That(Flood(PlantedBug.NoCookies).Answers, Is.GreaterThan(TransportLimits.HalfOpenUnderLoad),
            "the planted bug must be noticed");
    }

    // Attack 3: the one who can prove its address gets in during the flood, and the peers of before notice nothing.
    [Test]
    public void During_a_flood_an_honest_peer_gets_in_and_another_is_not_disturbed()
    {
        using var network = new VirtualNetwork(1);
        var (a, b) = network.Pair();
        var c = network.Add(3);
        var flood = FirstPacket(network, b);
        void Flood()
        {
            for (var i = 0; i < 500; i++)
                b.Endpoint.OnDatagram(network.NowUs, Address(i), flood);
        }

        Flood();
        c.Connect(b);
        a.Send(b, MessageClass.Blob, MessageTests.Bytes(300_000));
        for (var i = 0; i < 50; i++)
        {
            network.Run(20_000);
            Flood();
        }

        Assert.That(c.IsConnected(b) && b.IsConnected(c));
        Assert.That(b.Received.Single().Message, Is.EqualTo(MessageTests.Bytes(300_000)));
    }

    // Attack 4.
    [Test]
    public void A_cookie_holds_for_one_address_one_key_and_two_minutes()
    {
        var random = new Random(1);
        var cookies = new Cookies(random.NextBytes);
        var (from, key, cookie) = (Address(1), new byte[33], new byte[Cookies.Bytes]);
        cookies.Write(Second, from, key, cookie);

        Assert.That(cookies.IsValid(Second, from, key, cookie));
        Assert.That(cookies.IsValid(100 * Second, from, key, cookie), "the secret before the present one still counts");
        Assert.That(cookies.IsValid(Second, Address(2), key, cookie), Is.False);
        Assert.That(cookies.IsValid(Second, new(from.Address, 1), key, cookie), Is.False);
        Assert.That(cookies.IsValid(Second, from, [1, .. key[1..]], cookie), Is.False);
        Assert.That(cookies.IsValid(Second, from, key, new byte[Cookies.Bytes]), Is.False);
        Assert.That(cookies.IsValid(200 * Second, from, key, cookie), Is.False);
    }

    // Attack 4: a cookie that does not hold is no cookie, so that it is answered by a new one under load.
    [Test]
    public void A_foreign_cookie_counts_as_none()
    {
        using var network = new VirtualNetwork(1);
        var b = network.Add(2);
        var init = FirstPacket(network, b);
        for (var i = 0; i < TransportLimits.HalfOpenUnderLoad; i++)
            b.Endpoint.OnDatagram(network.NowUs, Address(i), init);
        InitPacket.WriteCookie(init, new byte[] { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 });

        b.Endpoint.OnDatagram(network.NowUs, Address(5_000), init);

        Assert.That(Replies(network, b)[^1][0], Is.EqualTo(PacketType.Retry));
    }

    // Attack 5.
    [Test]
    public void Replayed_handshake_packets_open_no_second_session()
    {
        using var network = new VirtualNetwork(1);
        var (a, b) = network.Pair();
        var before = network.Sent.ToList();
        foreach (var (from, to, bytes) in before)
            network.Inject(from, to, bytes);
        network.Run(5 * Second);

        Assert.That((a.Statistics.Peers.Length, b.Statistics.Peers.Length), Is.EqualTo((1, 1)));
        Assert.That(a.Events.Concat(b.Events), Has.None.InstanceOf<NetEvent.PeerDown>());
        Assert.That(a.Events.Concat(b.Events).OfType<NetEvent.PeerUp>().Count(), Is.EqualTo(2));
    }

    // Attack 5.
    [Test]
    public void A_fin_before_its_init_is_dropped()
    {
        using var network = new VirtualNetwork(1);
        var (a, b) = network.Pair();
        var fin = network.Sent.First(sent => sent.Bytes[0] == PacketType.Fin).Bytes;
        using var later = new VirtualNetwork(1);
        var fresh = later.Add(2);

        fresh.Endpoint.OnDatagram(later.NowUs, a.Address, fin);

        Assert.That(fresh.Statistics.Dropped(DropReason.UnknownConnection), Is.EqualTo(1));
        Assert.That(b.IsConnected(a));
    }

    // Attack 6.
    [Test]
    public void Forged_answers_change_nothing_and_endless_retries_end()
    {
        using var network = new VirtualNetwork(1);
        var (a, b) = (network.Add(1), network.Add(2));
        network.Passes = (_, to, _) => !to.Equals(b.Address);
        a.Connect(b);
        network.Run(1);
        var init = network.Sent[0].Bytes;
        var honest = new byte[RetryPacket.Bytes];
        RetryPacket.WriteHeader(honest, InitPacket.ConnectionId(init), InitPacket.Ephemeral(init));
        RetryPacket.Cookie(honest.AsSpan()).Fill(7);
        var forged = (byte[])honest.Clone();
        forged[^1] ^= 1;
        var forgedResp = new byte[RespPacket.Bytes];
        RespPacket.WriteHeader(forgedResp, InitPacket.ConnectionId(init), 5);

        a.Endpoint.OnDatagram(network.NowUs, b.Address, forged);
        a.Endpoint.OnDatagram(network.NowUs, b.Address, forgedResp);
        Assert.That(a.Statistics.Dropped(DropReason.HandshakeFailed), Is.EqualTo(2));
        var sent = network.Sent.Count;
        for (var i = 0; i < 100; i++)
        {
            a.Endpoint.OnDatagram(network.NowUs, b.Address, honest);
            network.Run(10);
        }

        Assert.That(network.Sent.Count - sent, Is.EqualTo(TransportLimits.RetriesTakenMax));
        Assert.That(a.Statistics.Dropped(DropReason.RateLimited), Is.EqualTo(98));
        network.Passes = (_, _, _) => true;
        Assert.That(network.RunUntil(() => a.IsConnected(b), 10 * Second), "the true answer still counts");
    }

    [Test]
    public void One_host_may_open_few_handshakes_at_a_time_whatever_it_proves()
    {
        using var network = new VirtualNetwork(1);
        var b = network.Add(2);
        for (var i = 0; i < 100; i++)
        {
            var init = FirstPacket(network, b);
            var from = new IPEndPoint(new IPAddress([10, 9, 9, 9]), 1 + i);
            b.Endpoint.OnDatagram(network.NowUs, from, init);
            var last = Replies(network, b)[^1];
            if (last[0] != PacketType.Retry)
                continue;
            InitPacket.WriteCookie(init, RetryPacket.Cookie(last));
            b.Endpoint.OnDatagram(network.NowUs, from, init);
            network.Run(50_000);
        }

        Assert.That(b.Statistics.HalfOpen, Is.LessThanOrEqualTo(2 * TransportLimits.HalfOpenPerHostMax));
        Assert.That(b.Statistics.Dropped(DropReason.RateLimited), Is.GreaterThan(50));
        network.Run(TransportLimits.HalfOpenLifeUs);
        Assert.That(b.Statistics.HalfOpen, Is.Zero, "unfinished handshakes are forgotten");
    }

    private static (long Answers, long Retries, int HalfOpen, long BytesIn, long BytesOut) Flood(PlantedBug bugs)
    {
        using var network = new VirtualNetwork(1);
        var b = network.Add(2, bugs: bugs);
        var init = FirstPacket(network, b);
        var replies = new List<byte[]>();
        // A tenth of a second at 50,000 a second.
        for (var i = 0; i < 5_000; i++)
        {
            b.Endpoint.OnDatagram(network.NowUs, Address(i), init);
            replies.AddRange(Replies(network, b));
        }
        long Count(byte type) => replies.Count(reply => reply[0] == type);
        var after = b.Statistics;
        return (Count(PacketType.Resp), Count(PacketType.Retry), after.HalfOpen, after.BytesIn, after.BytesOut);
    }

    private static List<byte[]> Replies(VirtualNetwork network, VirtualNode node)
    {
        var replies = new List<byte[]>();
        while (node.Endpoint.TryTransmit(network.NowUs, out var datagram))
            replies.Add(datagram.Bytes.ToArray());
        return replies;
    }

    /// <summary>The first packet of a call to a node, by somebody new each time.</summary>
    private static byte[] FirstPacket(VirtualNetwork network, VirtualNode to)
    {
        using var stranger = network.Add(200);
        network.Remove(stranger);
        stranger.Connect(to);
        stranger.Endpoint.TryTransmit(network.NowUs, out var init);
        return init.Bytes.ToArray();
    }

    /// <summary>An INIT with one byte changed and a MAC that is right again.</summary>
    private static byte[] Remade(byte[] init, VirtualNode to, int at, byte value, bool noPoint = false)
    {
        var copy = (byte[])init.Clone();
        copy[at] = value;
        if (noPoint)
            copy.AsSpan(at + 1, 32).Fill(0xFF);
        InitPacket.WriteMac(copy, InitPacket.MacKey(NoiseXk.Compress(to.Id)));
        return copy;
    }

    private static IPEndPoint Address(int number)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, 0x0B00_0000 + (number << 8));
        return new(new IPAddress(bytes), 9_000);
    }
}

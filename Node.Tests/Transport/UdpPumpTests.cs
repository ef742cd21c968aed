using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Ledger.Consensus.Crypto;
using Ledger.Node.Host;
using Ledger.Node.Transport;

namespace Ledger.Node.Tests.Transport;

/// <summary>Real sockets on loopback. Figures are printed, not judged: machines differ.</summary>
public class UdpPumpTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly byte[] Megabyte = RandomNumberGenerator.GetBytes(1 << 20);

    [Test]
    public void Bulk_arrives_while_votes_are_answered()
    {
        using var keyA = Some.Key(1);
        using var keyB = Some.Key(2);
        var fromA = new BlockingCollection<NetEvent>();
        var fromB = new BlockingCollection<NetEvent>();
        using var b = new UdpPump(NewEndpoint(keyB), new(IPAddress.Loopback, 0), fromB.Add);
        using var a = new UdpPump(NewEndpoint(keyA), new(IPAddress.Loopback, 0), fromA.Add);
        var (idA, idB) = (new PeerId(keyA.PublicKey), new PeerId(keyB.PublicKey));
        a.Post((endpoint, now) => endpoint.Connect(now, idB, b.LocalAddress));
        Assert.That(Next<NetEvent.PeerUp>(fromA).Peer, Is.EqualTo(idB));
        Assert.That(Next<NetEvent.PeerUp>(fromB).Peer, Is.EqualTo(idA));
        Assert.That(Next<NetEvent.AddressObserved>(fromA).Address, Is.EqualTo(a.LocalAddress));
        var idle = Echoes(a, b, new(fromA, fromB), idA, idB, 200);
        TestContext.Out.WriteLine($"vote round trip, idle: median {Median(idle)} us");

        var bulkMs = Bulk(a, idB, 20, fromB);
        TestContext.Out.WriteLine($"bulk: {20_000 / bulkMs} MiB/s of 20 MiB");
        a.Post((endpoint, now) => QueueBulk(endpoint, now, idB, 7));
        var loaded = Echoes(a, b, new(fromA, fromB), idA, idB, 50);
        TestContext.Out.WriteLine($"vote round trip during bulk: median {Median(loaded)} us, worst {loaded.Max()} us");

        Assert.That(Median(loaded), Is.LessThan(1_000_000));
    }

    [Test]
    public void Blocks_go_on_as_long_as_their_receiver_says_that_it_has_dealt_with_them()
    {
        using var keyA = Some.Key(1);
        using var keyB = Some.Key(2);
        var fromA = new BlockingCollection<NetEvent>();
        var fromB = new BlockingCollection<NetEvent>();
        using var b = new UdpPump(NewEndpoint(keyB), new(IPAddress.Loopback, 0), fromB.Add);
        using var a = new UdpPump(NewEndpoint(keyA), new(IPAddress.Loopback, 0), fromA.Add);
        var idB = new PeerId(keyB.PublicKey);
        a.Connect(idB, b.LocalAddress);
        Next<NetEvent.PeerUp>(fromA);
        Next<NetEvent.PeerUp>(fromB);
        for (var i = 0; i < 6; i++)
            a.Send(idB, MessageClass.Chain, Megabyte);

        for (var i = 0; i < 6; i++)
            b.Consume(Next<NetEvent.Received>(fromB));
    }

    [Test]
    public void A_port_in_use_is_an_error_of_its_own()
    {
        using var key = Some.Key(1);
        using var first = new UdpPump(NewEndpoint(key), new(IPAddress.Loopback, 0), _ => { });
        using var endpoint = NewEndpoint(key);

        var error = Assert.Throws<SocketException>(() => _ = new UdpPump(endpoint, first.LocalAddress, _ => { }));

        Assert.That(error!.SocketErrorCode, Is.EqualTo(SocketError.AddressAlreadyInUse));
    }

    [Test]
    public void A_pump_that_stops_says_goodbye_and_takes_no_more_work()
    {
        using var keyA = Some.Key(1);
        using var keyB = Some.Key(2);
        var fromA = new BlockingCollection<NetEvent>();
        using var a = new UdpPump(NewEndpoint(keyA), new(IPAddress.Loopback, 0), fromA.Add);
        var b = new UdpPump(NewEndpoint(keyB), new(IPAddress.Loopback, 0), _ => { });
        b.Post((endpoint, now) => endpoint.Connect(now, new(keyA.PublicKey), a.LocalAddress));
        Next<NetEvent.PeerUp>(fromA);

        b.Dispose();

        Assert.That(Next<NetEvent.PeerDown>(fromA).Reason, Is.EqualTo(CloseReason.Goodbye));
        Assert.That(b.Post((_, _) => { }), Is.False);
    }

    private static long Bulk(UdpPump a, PeerId to, int megabytes, BlockingCollection<NetEvent> arrivals)
    {
        var watch = Stopwatch.StartNew();
        var (sent, received) = (0, 0);
        while (received < megabytes)
        {
            // The queue holds 8 MiB, and what has arrived stays in it until that is acknowledged.
            for (; sent < megabytes && sent - received < 4; sent++)
                a.Post((endpoint, now) => QueueBulk(endpoint, now, to, 1));
            Assert.That(Next<NetEvent.Received>(arrivals).Message.AsSpan().SequenceEqual(Megabyte));
            received++;
        }
        return Math.Max(1, watch.ElapsedMilliseconds);
    }

    private static void QueueBulk(Endpoint endpoint, long now, PeerId to, int messages)
    {
        for (var i = 0; i < messages; i++)
            endpoint.Send(now, to, MessageClass.Blob, Megabyte);
    }

    private static List<long> Echoes(UdpPump a, UdpPump b, Inboxes inboxes, PeerId idA, PeerId idB, int count)
    {
        var times = new List<long>();
        for (var i = 0; i < count; i++)
        {
            var startUs = UdpPump.NowUs;
            a.Post((endpoint, now) => endpoint.Send(now, idB, MessageClass.Vote, new byte[200]));
            while (Next<NetEvent.Received>(inboxes.B).Class != MessageClass.Vote)
            {
            }
            b.Post((endpoint, now) => endpoint.Send(now, idA, MessageClass.Vote, new byte[200]));
            Next<NetEvent.Received>(inboxes.A);
            times.Add(UdpPump.NowUs - startUs);
        }
        return times;
    }

    private sealed record Inboxes(BlockingCollection<NetEvent> A, BlockingCollection<NetEvent> B);

    private static T Next<T>(BlockingCollection<NetEvent> events) where T : NetEvent
    {
        Assert.That(events.TryTake(out var happened, Patience), "nothing arrived");
        Assert.That(happened, Is.InstanceOf<T>());
        return (T)happened!;
    }

    private static long Median(List<long> values) => values.Order().ElementAt(values.Count / 2);

    private static Endpoint NewEndpoint(SecretKey key) =>
        new(new() { Key = key, Network = Some.Digest(1), Random = RandomNumberGenerator.Fill });
}

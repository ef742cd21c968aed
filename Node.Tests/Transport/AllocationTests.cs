using System.Net;
using Ledger.Node.Transport;

namespace Ledger.Node.Tests.Transport;

/// <summary>What the transport leaves to the garbage collector.</summary>
public class AllocationTests
{
    private static readonly IPEndPoint AddressA = new(new IPAddress([10, 0, 0, 1]), 1);
    private static readonly IPEndPoint AddressB = new(new IPAddress([10, 0, 0, 2]), 1);

    private readonly byte[] blob = new byte[1 << 20];
    private long nowUs = 1_000_000;
    private long packets;

    [Test]
    public void A_million_packets_allocate_less_than_a_megabyte()
    {
        using var keyA = Some.Key(1);
        using var keyB = Some.Key(2);
        using var a = NewEndpoint(keyA, 1);
        using var b = NewEndpoint(keyB, 2);
        a.Connect(nowUs, b.Self, AddressB);
        while (a.Statistics().Peers.IsEmpty || b.Statistics().Peers.IsEmpty)
            Exchange(a, b, keepsSending: false);
        for (var i = 0; i < 5; i++)
            a.Send(nowUs, b.Self, MessageClass.Blob, blob);
        // Tables grow to what is in flight, and stay.
        Run(a, b, 100_000);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Run(a, b, 1_000_000);

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1_000_000));
    }

    private void Run(Endpoint a, Endpoint b, long count)
    {
        for (var end = packets + count; packets < end;)
            Exchange(a, b, keepsSending: true);
    }

    private void Exchange(Endpoint a, Endpoint b, bool keepsSending)
    {
        Pass(a, AddressA, b);
        while (b.TryTake(out var happened))
            if (happened is NetEvent.Received received)
            {
                b.Recycle(received.Message);
                if (keepsSending)
                    a.Send(nowUs, b.Self, MessageClass.Blob, blob);
            }
        Pass(b, AddressB, a);
        while (a.TryTake(out _))
        {
        }
        foreach (var endpoint in (ReadOnlySpan<Endpoint>)[a, b])
            if (endpoint.NextTimeoutUs <= nowUs)
                endpoint.OnTimer(nowUs);
    }

    private void Pass(Endpoint from, IPEndPoint address, Endpoint to)
    {
        while (from.TryTransmit(nowUs, out var batch))
            for (var at = 0; at < batch.Bytes.Length; at += batch.SegmentBytes)
            {
                packets++;
                var length = Math.Min(batch.SegmentBytes, batch.Bytes.Length - at);
                to.OnDatagram(nowUs, address, batch.Bytes.Span.Slice(at, length));
            }
        nowUs += 20;
    }

    private static Endpoint NewEndpoint(Ledger.Consensus.Crypto.SecretKey key, int seed) =>
        new(new() { Key = key, Network = Some.Digest(1), Random = new Random(seed).NextBytes });
}

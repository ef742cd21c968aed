using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Ledger.Node.Host;

namespace Ledger.Node.Bench;

/// <summary>A flow of datagrams: how many a second arrived, and what both ends paid for one.</summary>
internal readonly record struct Flow(double PacketsPerSecond, double CpuUsPerPacket, double AllocatedPerPacket);

/// <summary>What plain sockets do on loopback: the limit that no protocol above them can pass.</summary>
internal static class RawUdp
{
    internal const int PacketBytes = 1_200;
    private const int TagBytes = 16, NonceBytes = 12, BatchPackets = 32, InFlightMax = 512;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>Microseconds of each of so many round trips between two threads that block.</summary>
    internal static List<double> PingPong(int bytes, int rounds)
    {
        using var a = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        using var b = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        a.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        b.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        a.Connect(b.LocalEndPoint!);
        b.Connect(a.LocalEndPoint!);
        var echo = new Thread(() => Echo(b, bytes, rounds));
        echo.Start();
        var times = new List<double>(rounds);
        var buffer = new byte[bytes];
        for (var i = 0; i < rounds; i++)
        {
            var start = Stopwatch.GetTimestamp();
            a.Send(buffer);
            a.Receive(buffer);
            times.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
        }
        echo.Join();
        return times;
    }

    /// <summary>One way in batches (GSO and GRO), each packet sealed and opened with AES-256-GCM, at most
    /// <see cref="InFlightMax"/> of them between the two threads.</summary>
    internal static Flow SealedBulk(TimeSpan time)
    {
        using var sender = new UdpSocket(new(IPAddress.Loopback, 0), BatchSelfTest.Passed);
        using var receiver = new UdpSocket(new(IPAddress.Loopback, 0), BatchSelfTest.Passed);
        var shared = new SharedCount();
        var (sent, opened) = (default(ThreadCost), default(ThreadCost));
        var opening = new Thread(() => opened = Open(receiver, shared));
        opening.Start();
        var clock = Stopwatch.StartNew();
        sent = Seal(sender, receiver.LocalAddress, shared, clock, time);
        var seconds = clock.Elapsed.TotalSeconds;
        Volatile.Write(ref shared.Stopping, true);
        opening.Join();
        var (count, cost) = (Volatile.Read(ref shared.Arrived), sent + opened);
        return new(count / seconds, cost.CpuUs / count, (double)cost.AllocatedBytes / count);
    }

    /// <summary>
    /// Bytes a second of a sender whose window is so many packets of so many bytes whatever the path: a reliable UDP
    /// library without congestion control. The receiver answers each packet; nothing may be lost.
    /// </summary>
    internal static double FixedWindow(
        UdpRelay relay, UdpSocket a, UdpSocket b, (int Packets, int Bytes) window, int total)
    {
        var answering = new Thread(() => Answer(b, relay.Front(0), total));
        answering.Start();
        using var poll = new PollSet(a);
        var packet = new byte[window.Bytes];
        var clock = Stopwatch.StartNew();
        for (var (sent, answered) = (0, 0); answered < total;)
        {
            for (; sent < total && sent - answered < window.Packets; sent++)
                a.Send(relay.Front(1), packet, packet.Length);
            poll.Wait((long)Patience.TotalMicroseconds);
            while (a.TryReceive(out var answers))
                answered += Segments(answers);
        }
        answering.Join();
        return (double)total * window.Bytes / clock.Elapsed.TotalSeconds;
    }

    private static void Echo(Socket socket, int bytes, int rounds)
    {
        var buffer = new byte[bytes];
        for (var i = 0; i < rounds; i++)
        {
            socket.Receive(buffer);
            socket.Send(buffer);
        }
    }

    private static ThreadCost Seal(UdpSocket socket, IPEndPoint to, SharedCount shared, Stopwatch clock, TimeSpan time)
    {
        using var aead = new AesGcm(new byte[32], TagBytes);
        var batch = new byte[BatchPackets * PacketBytes];
        Span<byte> nonce = stackalloc byte[NonceBytes];
        var start = ThreadCost.Now();
        for (long sent = 0; clock.Elapsed < time; sent += BatchPackets)
        {
            for (var i = 0; i < BatchPackets; i++)
            {
                var packet = batch.AsSpan(i * PacketBytes, PacketBytes);
                aead.Encrypt(nonce, packet[..^TagBytes], packet[..^TagBytes], packet[^TagBytes..]);
            }
            // A loss would stop us for ever: after a while what is missing counts as arrived.
            for (var since = clock.Elapsed; sent - Volatile.Read(ref shared.Arrived) > InFlightMax;)
                if (clock.Elapsed - since > TimeSpan.FromMilliseconds(5))
                    sent = Volatile.Read(ref shared.Arrived);
            socket.Send(to, batch, PacketBytes);
        }
        return ThreadCost.Now() - start;
    }

    private static ThreadCost Open(UdpSocket socket, SharedCount shared)
    {
        using var aead = new AesGcm(new byte[32], TagBytes);
        using var poll = new PollSet(socket);
        Span<byte> nonce = stackalloc byte[NonceBytes];
        var start = ThreadCost.Now();
        while (!Volatile.Read(ref shared.Stopping))
        {
            poll.Wait(10_000);
            while (socket.TryReceive(out var batch))
            {
                for (var at = 0; at < batch.Bytes.Length; at += PacketBytes)
                {
                    var packet = batch.Bytes.Slice(at, PacketBytes);
                    aead.Decrypt(nonce, packet[..^TagBytes], packet[^TagBytes..], packet[..^TagBytes]);
                }
                Volatile.Write(ref shared.Arrived, shared.Arrived + batch.Bytes.Length / PacketBytes);
            }
        }
        return ThreadCost.Now() - start;
    }

    private static void Answer(UdpSocket socket, IPEndPoint to, int total)
    {
        using var poll = new PollSet(socket);
        for (var left = total; left > 0;)
        {
            poll.Wait((long)Patience.TotalMicroseconds);
            while (socket.TryReceive(out var arrived))
                for (var count = Segments(arrived); count > 0; count--, left--)
                    socket.Send(to, [1], segmentBytes: 1);
        }
    }

    private static int Segments(ReceivedDatagrams datagrams) =>
        (datagrams.Bytes.Length + datagrams.SegmentBytes - 1) / datagrams.SegmentBytes;

    private sealed class SharedCount
    {
        internal long Arrived;
        internal bool Stopping;
    }
}

using System.Net;
using Ledger.Node.Host;

namespace Ledger.Node.Bench;

/// <summary>
/// What the encrypted transport costs beside plain sockets, and how it fills long and narrow paths. Both are measured
/// in turns, so that whatever else the machine does meets both; each figure is the median of its runs.
/// </summary>
internal static class TransportBench
{
    private const int Runs = 5, Rounds = 10_000, BlobBytes = 64 << 10;

    // Enough for a path of 50 ms at 100 MB/s, and within what a peer may have queued.
    private const int BlobsAtOnce = 96;

    // What a reliable UDP library without congestion control has in flight on one channel.
    private static readonly (int Packets, int Bytes) FixedWindow = (64, 1_014);
    private const int FixedWindowPackets = 2_560;

    private const long OneWayUs = 25_000;
    private const long BottleneckBytes = 12_500_000;
    private const double RttMs = 2 * OneWayUs / 1e3;

    private static readonly RelayPath Long = new() { DelayUs = OneWayUs };
    private static readonly RelayPath Lossy = Long with { LossPerMille = 10 };
    private static readonly RelayPath Narrow =
        Long with { BytesPerSecond = BottleneckBytes, QueueBytes = 250 * RawUdp.PacketBytes };

    private static readonly TimeSpan Short = TimeSpan.FromSeconds(1), Longer = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan WarmUp = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    internal static IEnumerable<Figure> Run() => [.. Loopback(), .. LongPath(), .. Bottleneck()];

    private static IEnumerable<Figure> Loopback()
    {
        var (rawPing, ping, rawTail, tail) = (Series(), Series(), Series(), Series());
        var (rawRate, rate, rawCpu, cpu, allocated) = (Series(), Series(), Series(), Series(), Series());
        for (var run = 0; run <= Runs; run++)
        {
            var plain = RawUdp.PingPong(200, Rounds).Order().ToList();
            using var pair = new PeerPair();
            var ours = pair.PingPong(Rounds).Order().ToList();
            var raw = RawUdp.SealedBulk(Short);
            var bulk = pair.Bulk(BlobBytes, BlobsAtOnce, Short, WarmUp, votes: false);
            // The first run pays for the compiler and is left out.
            if (run == 0)
                continue;
            rawPing.Add(At(plain, 50));
            rawTail.Add(At(plain, 99));
            ping.Add(At(ours, 50));
            tail.Add(At(ours, 99));
            rawRate.Add(raw.PacketsPerSecond * RawUdp.PacketBytes / 1e6);
            rawCpu.Add(raw.CpuUsPerPacket);
            rate.Add(bulk.BytesPerSecond / 1e6);
            cpu.Add(bulk.Cost.CpuUs / bulk.Packets);
            allocated.Add((double)bulk.Cost.AllocatedBytes / bulk.Packets);
        }
        return
        [
            Figure.Beside("network.ping.p50", Median(ping), "us, 200-byte vote there and back, encrypted",
                "plain sockets", Median(rawPing)).Below(3 * Median(rawPing)),
            Figure.Beside("network.ping.p99", Median(tail), "us", "plain sockets", Median(rawTail)),
            Figure.Beside("network.bulk", Median(rate), "MB/s of blobs over one connection, encrypted",
                "plain GSO and GRO sockets with AES-256-GCM", Median(rawRate)).Aiming(0.4 * Median(rawRate)),
            Figure.Beside("network.bulk.cpu", Median(cpu), "us of CPU a packet, both ends",
                "plain GSO and GRO sockets with AES-256-GCM", Median(rawCpu)).Below(5),
            Figure.Alone("network.bulk.allocated", Median(allocated), "bytes allocated a packet, both ends"),
        ];
    }

    private static IEnumerable<Figure> LongPath()
    {
        var (windowed, clean, lossy) = (Series(), Series(), Series());
        for (var run = 0; run < Runs; run++)
        {
            windowed.Add(Windowed() / 1e6);
            using (var pair = new PeerPair(Long))
                clean.Add(pair.Bulk(BlobBytes, BlobsAtOnce, Longer, TimeSpan.Zero, votes: false).BytesPerSecond / 1e6);
            using (var pair = new PeerPair(Lossy))
                lossy.Add(pair.Bulk(BlobBytes, BlobsAtOnce, Longer, TimeSpan.Zero, votes: false).BytesPerSecond / 1e6);
        }
        return
        [
            Figure.Beside("network.long", Median(clean), "MB/s over 50 ms",
                "a sender with a window of 64 packets of 1,014 bytes", Median(windowed)).Aiming(20 * Median(windowed)),
            Figure.Beside("network.long.lossy", Median(lossy), "MB/s over 50 ms, 1 % lost",
                "the same without loss", Median(clean)).Aiming(0.7 * Median(clean)),
        ];
    }

    private static IEnumerable<Figure> Bottleneck()
    {
        var (rate, again, votes) = (Series(), Series(), Series());
        for (var run = 0; run < Runs; run++)
        {
            using var pair = new PeerPair(Narrow);
            var bulk = pair.Bulk(BlobBytes, BlobsAtOnce, Longest, TimeSpan.Zero, votes: true);
            rate.Add(bulk.BytesPerSecond / 1e6);
            again.Add(100.0 * bulk.Lost / bulk.Packets);
            votes.Add(At(bulk.VoteMs, 99));
        }
        return
        [
            Figure.Beside("network.narrow", Median(rate), "MB/s through 100 Mbit/s, 50 ms, 250 packets of queue",
                "the bottleneck", BottleneckBytes / 1e6).Aiming(0.85 * BottleneckBytes / 1e6),
            Figure.Alone("network.narrow.again", Median(again), "% of its packets sent again").Below(6),
            Figure.Beside("network.narrow.vote.p99", Median(votes), "ms, votes during the same transfer",
                "the empty path", RttMs).Below(RttMs + 15),
        ];
    }

    private static double Windowed()
    {
        using var a = new UdpSocket(new(IPAddress.Loopback, 0), BatchSelfTest.Passed);
        using var b = new UdpSocket(new(IPAddress.Loopback, 0), BatchSelfTest.Passed);
        using var relay = new UdpRelay([a.LocalAddress, b.LocalAddress], Long, seed: 1);
        return RawUdp.FixedWindow(relay, a, b, FixedWindow, FixedWindowPackets);
    }

    private static List<double> Series() => new(Runs);

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static double At(List<double> ascending, int percent) =>
        ascending[Math.Min(ascending.Count - 1, ascending.Count * percent / 100)];
}

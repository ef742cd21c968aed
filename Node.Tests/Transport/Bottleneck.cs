using System.Net;
using Ledger.Consensus.Crypto;
using Ledger.Node.Transport;

namespace Ledger.Node.Tests.Transport;

/// <summary>The narrow part of a path, in one direction; the way back is wide.</summary>
internal sealed record BottleneckPath
{
    internal long BytesPerSecond { get; init; } = 12_500_000;
    internal long OneWayUs { get; init; } = 25_000;

    /// <summary>Drop-tail, in bytes.</summary>
    internal int QueueBytes { get; init; } = 625_000;
    internal int LossPerMille { get; init; }

    /// <summary>Random addition to the delay: it puts packets out of order.</summary>
    internal long JitterUs { get; init; }
}

/// <summary>Some senders and one receiver under a virtual clock, joined by one <see cref="BottleneckPath"/> that all of
/// them share.</summary>
internal sealed class Bottleneck : IDisposable
{
    private static readonly IPEndPoint ReceiverAddress = new(new IPAddress([10, 0, 1, 0]), 9_000);

    private readonly BottleneckPath path;
    private readonly Random random;
    private readonly PriorityQueue<(Endpoint To, IPEndPoint From, byte[] Bytes), (long AtUs, long Order)> inFlight =
        new();
    private readonly List<(Endpoint Endpoint, IPEndPoint Address)> nodes = [];
    private readonly List<SecretKey> keys = [];
    private long freeUs;
    private long order;

    internal Bottleneck(BottleneckPath path, int senders, CongestionAlgorithm algorithm, int seed)
    {
        (this.path, random) = (path, new(seed));
        Receiver = Add(ReceiverAddress, 1, algorithm);
        for (var i = 0; i < senders; i++)
            Senders.Add(Add(new(new IPAddress([10, 0, 0, (byte)i]), 9_000), 2 + i, algorithm));
        foreach (var sender in Senders)
            sender.Connect(NowUs, Receiver.Self, ReceiverAddress);
        RunUntil(NowUs + 1_000_000);
        Events.Clear();
    }

    internal long NowUs { get; private set; } = 1_000_000;

    internal Endpoint Receiver { get; }

    internal List<Endpoint> Senders { get; } = [];

    /// <summary>What the receiver was told, and when.</summary>
    internal List<(long AtUs, NetEvent.Received Received)> Events { get; } = [];

    /// <summary>Time that a packet waits before the narrow part as of now.</summary>
    internal long QueueUs => Math.Max(0, freeUs - NowUs);

    /// <summary>Packets dropped because the queue was full.</summary>
    internal long Overflows { get; private set; }

    internal PeerStatistics Statistics(int sender) => Senders[sender].Statistics().Peers.Single();

    internal void RunUntil(long untilUs)
    {
        while (true)
        {
            foreach (var (endpoint, address) in nodes)
                Flush(endpoint, address);
            var nextUs = nodes.Min(node => node.Endpoint.NextTimeoutUs);
            if (inFlight.TryPeek(out _, out var key))
                nextUs = Math.Min(nextUs, key.AtUs);
            if (nextUs > untilUs)
                break;
            NowUs = Math.Max(NowUs, nextUs);
            Step();
        }
        NowUs = untilUs;
    }

    public void Dispose()
    {
        nodes.ForEach(node => node.Endpoint.Dispose());
        keys.ForEach(key => key.Dispose());
    }

    private Endpoint Add(IPEndPoint address, int number, CongestionAlgorithm algorithm)
    {
        var key = Some.Key(number);
        keys.Add(key);
        var endpoint = new Endpoint(new()
        {
            Key = key,
            Network = Some.Digest(1),
            Random = new Random(number).NextBytes,
            Congestion = algorithm,
            // What is compared with the formulas, packet by packet.
            DatagramBytesMax = TransportLimits.DatagramBytesBase,
        });
        nodes.Add((endpoint, address));
        return endpoint;
    }

    private void Step()
    {
        while (inFlight.TryPeek(out var packet, out var key) && key.AtUs <= NowUs)
        {
            inFlight.Dequeue();
            packet.To.OnDatagram(NowUs, packet.From, packet.Bytes);
        }
        foreach (var (endpoint, _) in nodes)
            if (endpoint.NextTimeoutUs <= NowUs)
                endpoint.OnTimer(NowUs);
    }

    private void Flush(Endpoint endpoint, IPEndPoint address)
    {
        while (endpoint.TryTransmit(NowUs, out var batch))
            foreach (var datagram in batch.Bytes.ToArray().Chunk(batch.SegmentBytes))
                Send(address, batch.To, datagram);
        while (endpoint.TryTake(out var happened))
            if (endpoint == Receiver && happened is NetEvent.Received received)
                Events.Add((NowUs, received));
    }

    private void Send(IPEndPoint from, IPEndPoint to, byte[] datagram)
    {
        var leavesUs = NowUs;
        if (to.Equals(ReceiverAddress) && !TryQueue(datagram.Length, out leavesUs))
            return;
        var atUs = leavesUs + path.OneWayUs + random.NextInt64(path.JitterUs + 1);
        inFlight.Enqueue((nodes.Find(node => node.Address.Equals(to)).Endpoint, from, datagram), (atUs, order++));
    }

    private bool TryQueue(int bytes, out long leavesUs)
    {
        leavesUs = freeUs = Math.Max(freeUs, NowUs);
        if (random.Next(1_000) < path.LossPerMille)
            return false;
        if (QueueUs * path.BytesPerSecond / 1_000_000 + bytes > path.QueueBytes)
        {
            Overflows++;
            return false;
        }
        leavesUs = freeUs += bytes * 1_000_000L / path.BytesPerSecond;
        return true;
    }
}

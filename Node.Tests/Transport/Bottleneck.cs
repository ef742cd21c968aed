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

    /// <summary>Slow addition to the delay, up and down again in two <see cref="WanderPeriodUs"/>.</summary>
    internal long WanderUs { get; init; }
    internal long WanderPeriodUs { get; init; } = 700_000;
}

/// <summary>Some senders and one receiver under a virtual clock, joined by one <see cref="BottleneckPath"/> that all of
/// them share.</summary>
internal sealed class Bottleneck : IDisposable
{
    private static readonly IPEndPoint ReceiverAddress = new(new IPAddress([10, 0, 1, 0]), 9_000);

    private readonly BottleneckPath path;
    private readonly Random random;
    private readonly List<LateHost> hosts = [];
    private readonly List<SecretKey> keys = [];
    private long freeUs;

    internal Bottleneck(BottleneckPath path, int senders, CongestionAlgorithm algorithm, int seed)
    {
        (this.path, random) = (path, new(seed));
        Receiver = Add(ReceiverAddress, 1, algorithm, seed);
        for (var i = 0; i < senders; i++)
            Senders.Add(Add(new(new IPAddress([10, 0, 0, (byte)i]), 9_000), 2 + i, algorithm, seed));
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

    /// <summary>Whether the hosts of the senders, and that of the receiver, are late from now on.</summary>
    internal (bool Senders, bool Receiver) Late
    {
        set
        {
            foreach (var host in hosts)
                host.IsLate = host.Endpoint == Receiver ? value.Receiver : value.Senders;
        }
    }

    internal PeerStatistics Statistics(int sender) => Senders[sender].Statistics().Peers.Single();

    internal void RunUntil(long untilUs)
    {
        for (; hosts.Min(host => host.DueUs) is var nextUs && nextUs <= untilUs;)
        {
            NowUs = Math.Max(NowUs, nextUs);
            foreach (var host in hosts)
                if (host.DueUs <= NowUs)
                    Turn(host);
        }
        NowUs = untilUs;
    }

    public void Dispose()
    {
        hosts.ForEach(host => host.Endpoint.Dispose());
        keys.ForEach(key => key.Dispose());
    }

    private Endpoint Add(IPEndPoint address, int number, CongestionAlgorithm algorithm, int seed)
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
        hosts.Add(new(endpoint, address, new(1_000 * seed + number)));
        return endpoint;
    }

    private void Turn(LateHost host)
    {
        host.Run(NowUs);
        while (host.Endpoint.TryTransmit(NowUs, out var batch))
            foreach (var datagram in batch.Bytes.ToArray().Chunk(batch.SegmentBytes))
                Send(host.Address, batch.To, datagram);
        while (host.Endpoint.TryTake(out var happened))
            if (host.Endpoint == Receiver && happened is NetEvent.Received received)
                Events.Add((NowUs, received));
    }

    private void Send(IPEndPoint from, IPEndPoint to, byte[] datagram)
    {
        var leavesUs = NowUs;
        if (to.Equals(ReceiverAddress) && !TryQueue(datagram.Length, out leavesUs))
            return;
        var atUs = leavesUs + path.OneWayUs + random.NextInt64(path.JitterUs + 1) + Wander();
        hosts.Find(host => host.Address.Equals(to))!.Arrive(atUs, from, datagram);
    }

    private long Wander()
    {
        var step = NowUs % (2 * path.WanderPeriodUs);
        return path.WanderUs * Math.Min(step, 2 * path.WanderPeriodUs - step) / path.WanderPeriodUs;
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

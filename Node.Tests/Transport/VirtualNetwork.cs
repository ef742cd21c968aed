using System.Net;
using System.Security.Cryptography;
using Ledger.Consensus.Crypto;
using Ledger.Node.Transport;

namespace Ledger.Node.Tests.Transport;

/// <summary>What happens to datagrams on their way, in parts of a thousand.</summary>
internal sealed record Faults
{
    internal static readonly Faults None = new();
    internal int Loss { get; init; }
    internal int Duplication { get; init; }
    internal int Corruption { get; init; }
    internal long DelayUs { get; init; } = 10_000;

    /// <summary>Random addition to the delay: it puts datagrams out of order.</summary>
    internal long JitterUs { get; init; }
}

/// <summary>Endpoints joined by a faulty network under a virtual clock. The same seed gives the same run, which
/// <see cref="Trace"/> sums up.</summary>
internal sealed class VirtualNetwork(int seed, Faults? faults = null) : IDisposable
{
    internal const int Network = 1;

    private readonly Random random = new(seed);
    private readonly PriorityQueue<(IPEndPoint From, IPEndPoint To, byte[] Bytes), (long AtUs, long Order)> inFlight =
        new();
    private readonly List<VirtualNode> nodes = [];
    private readonly IncrementalHash trace = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long order;

    internal Faults Faults { get; set; } = faults ?? Faults.None;

    internal long NowUs { get; private set; } = 1_000_000;

    /// <summary>Every datagram that was sent, for those who replay or inspect them.</summary>
    internal List<(IPEndPoint From, IPEndPoint To, byte[] Bytes)> Sent { get; } = [];

    /// <summary>Datagrams that this rejects vanish.</summary>
    internal Func<IPEndPoint, IPEndPoint, byte[], bool> Passes { get; set; } = (_, _, _) => true;

    internal string Trace => Convert.ToHexStringLower(trace.GetCurrentHash());

    internal VirtualNode Add(int number, int network = Network, PlantedBug bugs = PlantedBug.None)
    {
        var node = new VirtualNode(this, number, Some.Digest(network), bugs, random.Next());
        nodes.Add(node);
        return node;
    }

    /// <summary>Two nodes, the second called by the first.</summary>
    internal (VirtualNode A, VirtualNode B) Pair(PlantedBug bugs = PlantedBug.None)
    {
        var (a, b) = (Add(1, bugs: bugs), Add(2, bugs: bugs));
        a.Connect(b);
        RunUntil(() => a.IsConnected(b) && b.IsConnected(a), 20_000_000);
        return (a, b);
    }

    internal void Remove(VirtualNode node) => nodes.Remove(node);

    internal void Run(long forUs) => RunUntil(() => false, forUs);

    /// <summary>Runs until the condition holds; false where it did not within the time.</summary>
    internal bool RunUntil(Func<bool> condition, long forUs)
    {
        var endUs = NowUs + forUs;
        while (true)
        {
            foreach (var node in nodes)
                node.Flush();
            if (condition())
                return true;
            if (NextUs() is var next && next > endUs)
            {
                NowUs = endUs;
                return false;
            }
            NowUs = Math.Max(NowUs, next);
            Step();
        }
    }

    internal void Inject(IPEndPoint from, IPEndPoint to, byte[] bytes) =>
        inFlight.Enqueue((from, to, bytes), (NowUs, order++));

    internal void Send(IPEndPoint from, IPEndPoint to, byte[] bytes)
    {
        trace.AppendData(BitConverter.GetBytes(NowUs));
        trace.AppendData(bytes);
        Sent.Add((from, to, bytes));
        if (!Passes(from, to, bytes) || Chance(Faults.Loss))
            return;
        for (var copies = Chance(Faults.Duplication) ? 2 : 1; copies > 0; copies--)
        {
            var copy = (byte[])bytes.Clone();
            if (Chance(Faults.Corruption))
                copy[random.Next(copy.Length)] ^= (byte)(1 << random.Next(8));
            var atUs = NowUs + Faults.DelayUs + random.NextInt64(Faults.JitterUs + 1);
            inFlight.Enqueue((from, to, copy), (atUs, order++));
        }
    }

    public void Dispose()
    {
        foreach (var node in nodes)
            node.Dispose();
        trace.Dispose();
    }

    private bool Chance(int permille) => permille > 0 && random.Next(1_000) < permille;

    private long NextUs()
    {
        var next = inFlight.TryPeek(out _, out var key) ? key.AtUs : long.MaxValue;
        return nodes.Aggregate(next, (least, node) => Math.Min(least, node.Endpoint.NextTimeoutUs));
    }

    private void Step()
    {
        while (inFlight.TryPeek(out var datagram, out var key) && key.AtUs <= NowUs)
        {
            inFlight.Dequeue();
            var target = nodes.Find(node => node.Address.Equals(datagram.To));
            target?.Endpoint.OnDatagram(NowUs, datagram.From, datagram.Bytes);
        }
        foreach (var node in nodes)
            if (node.Endpoint.NextTimeoutUs <= NowUs)
                node.Endpoint.OnTimer(NowUs);
    }
}

/// <summary>One endpoint at one address, and what it told.</summary>
internal sealed class VirtualNode : IDisposable
{
    private readonly VirtualNetwork network;
    private readonly SecretKey key;

    internal VirtualNode(VirtualNetwork network, int number, Digest genesis, PlantedBug bugs, int seed)
    {
        this.network = network;
        key = Some.Key(number);
        Address = new(new IPAddress([10, 0, 0, (byte)number]), 9_000);
        var random = new Random(seed);
        Endpoint = new(new() { Key = key, Network = genesis, Random = random.NextBytes, Bugs = bugs });
    }

    internal Endpoint Endpoint { get; }

    internal IPEndPoint Address { get; }

    internal PeerId Id => Endpoint.Self;

    internal List<NetEvent> Events { get; } = [];

    internal List<NetEvent.Received> Received => [.. Events.OfType<NetEvent.Received>()];

    internal bool IsConnected(VirtualNode other) => Statistics.Peers.Any(peer => peer.Peer == other.Id);

    internal TransportStatistics Statistics => Endpoint.Statistics();

    internal bool Connect(VirtualNode other) => Endpoint.Connect(network.NowUs, other.Id, other.Address);

    internal bool Send(VirtualNode other, MessageClass messageClass, byte[] message) =>
        Endpoint.Send(network.NowUs, other.Id, messageClass, message);

    internal void Flush()
    {
        while (Endpoint.TryTransmit(network.NowUs, out var batch))
            foreach (var datagram in batch.Bytes.ToArray().Chunk(batch.SegmentBytes))
                network.Send(Address, batch.To, datagram);
        while (Endpoint.TryTake(out var happened))
            Events.Add(happened);
    }

    public void Dispose()
    {
        Endpoint.Dispose();
        key.Dispose();
    }
}

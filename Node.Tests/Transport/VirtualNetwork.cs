using System.Net;
using System.Security.Cryptography;
using Ledger.Consensus.Crypto;
using Ledger.Node.Transport;

namespace Ledger.Node.Tests.Transport;

/// <summary>Endpoints joined by a faulty network under a virtual clock. The same seed gives the same run, which
/// <see cref="Trace"/> sums up.</summary>
internal sealed class VirtualNetwork(int seed, Faults? faults = null) : IDisposable
{
    internal const int Network = 1;

    private readonly Random random = new(seed);
    private readonly PriorityQueue<(IPEndPoint From, IPEndPoint To, byte[] Bytes), (long AtUs, long Order)> inFlight =
        new();
    private readonly List<VirtualNode> nodes = [];
    private readonly Dictionary<(IPAddress From, IPAddress To), Link> links = [];
    private readonly IncrementalHash trace = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long order;

    internal Faults Faults { get; set; } = faults ?? Faults.None;

    internal long NowUs { get; private set; } = 1_000_000;

    /// <summary>Every datagram that was sent, for those who replay or inspect them.</summary>
    internal List<(IPEndPoint From, IPEndPoint To, byte[] Bytes)> Sent { get; } = [];

    /// <summary>Datagrams that this rejects vanish.</summary>
    internal Func<IPEndPoint, IPEndPoint, byte[], bool> Passes { get; set; } = (_, _, _) => true;

    internal string Trace => Convert.ToHexStringLower(trace.GetCurrentHash());

    /// <summary>A node with the address 10.0.0.<paramref name="number"/>, which others see only where it is not
    /// <paramref name="behind"/> a NAT of its own.</summary>
    internal VirtualNode Add(
        int number, int network = Network, PlantedBug bugs = PlantedBug.None, NatKind? behind = null,
        Func<EndpointOptions, EndpointOptions>? adjust = null)
    {
        var options = new EndpointOptions
        {
            Key = Some.Key(number),
            Network = Some.Digest(network),
            Random = new Random(random.Next()).NextBytes,
            Bugs = bugs,
        };
        var nat = behind is { } kind ? new Nat(kind, new IPAddress([20, (byte)number, 0, 1])) : null;
        var node = new VirtualNode(this, number, nat, adjust is null ? options : adjust(options));
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
        if (!Passes(from, to, bytes))
            return;
        if (!links.TryGetValue((from.Address, to.Address), out var link))
            links[(from.Address, to.Address)] = link = new();
        foreach (var atUs in link.Pass(NowUs, bytes.Length, Faults, random))
        {
            var copy = (byte[])bytes.Clone();
            if (Link.Happens(Faults.Corruption, random))
                copy[random.Next(copy.Length)] ^= (byte)(1 << random.Next(8));
            inFlight.Enqueue((from, to, copy), (atUs, order++));
        }
    }

    public void Dispose()
    {
        foreach (var node in nodes)
            node.Dispose();
        trace.Dispose();
    }

    private long NextUs()
    {
        var next = inFlight.TryPeek(out _, out var key) ? key.AtUs : long.MaxValue;
        return nodes.Aggregate(next, (least, node) => Math.Min(least, node.NextTimeoutUs));
    }

    private void Step()
    {
        while (inFlight.TryPeek(out var datagram, out var key) && key.AtUs <= NowUs)
        {
            inFlight.Dequeue();
            foreach (var node in nodes)
                if (node.Receives(datagram.To, datagram.From))
                    node.Endpoint.OnDatagram(node.NowUs, datagram.From, datagram.Bytes);
        }
        foreach (var node in nodes)
            if (node.NextTimeoutUs <= NowUs)
                node.Endpoint.OnTimer(node.NowUs);
    }
}

/// <summary>One endpoint at one address, and what it told.</summary>
internal sealed class VirtualNode : IDisposable
{
    private readonly VirtualNetwork network;
    private readonly EndpointOptions options;

    internal VirtualNode(VirtualNetwork network, int number, Nat? nat, EndpointOptions options)
    {
        (this.network, this.options, Nat) = (network, options, nat);
        Address = new(new IPAddress([10, 0, 0, (byte)number]), 9_000);
        Endpoint = new(options);
    }

    internal Endpoint Endpoint { get; }

    internal Nat? Nat { get; }

    internal IPEndPoint Address { get; }

    /// <summary>How far this node's clock is ahead of the network's.</summary>
    internal long ClockStepUs { get; set; }

    internal long NowUs => network.NowUs + ClockStepUs;

    /// <summary>When the endpoint's timer is due, by the network's clock.</summary>
    internal long NextTimeoutUs =>
        Endpoint.NextTimeoutUs is var due && due == long.MaxValue ? due : due - ClockStepUs;

    internal PeerId Id => Endpoint.Self;

    internal List<NetEvent> Events { get; } = [];

    /// <summary>Whether what arrives is dealt with at once; otherwise somebody must say so later.</summary>
    internal bool Consumes { get; set; } = true;

    internal List<NetEvent.Received> Received => [.. Events.OfType<NetEvent.Received>()];

    internal void ConsumeAll() => Received.ForEach(Endpoint.Consume);

    internal bool IsConnected(VirtualNode other) => Statistics.Peers.Any(peer => peer.Peer == other.Id);

    internal TransportStatistics Statistics => Endpoint.Statistics();

    internal bool Connect(VirtualNode other) => Endpoint.Connect(NowUs, other.Id, other.Address);

    internal bool Send(VirtualNode other, MessageClass messageClass, byte[] message) =>
        Endpoint.Send(NowUs, other.Id, messageClass, message);

    /// <summary>Whether a datagram to this address ends here.</summary>
    internal bool Receives(IPEndPoint to, IPEndPoint from) => Nat is null
        ? to.Equals(Address)
        : to.Address.Equals(Nat.Outside) && Address.Equals(Nat.Inbound(network.NowUs, to.Port, from));

    internal void Flush()
    {
        while (Endpoint.TryTransmit(NowUs, out var batch))
        {
            var from = Nat?.Outbound(network.NowUs, Address, batch.To) ?? Address;
            foreach (var datagram in batch.Bytes.ToArray().Chunk(batch.SegmentBytes))
                network.Send(from, batch.To, datagram);
        }
        while (Endpoint.TryTake(out var happened))
            Take(happened);
    }

    private void Take(NetEvent happened)
    {
        Events.Add(happened);
        if (Consumes && happened is NetEvent.Received received)
            Endpoint.Consume(received);
    }

    public void Dispose()
    {
        Endpoint.Dispose();
        options.Key.Dispose();
    }
}

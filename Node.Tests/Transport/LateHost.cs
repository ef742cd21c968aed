using System.Net;
using Ledger.Node.Transport;

namespace Ledger.Node.Tests.Transport;

/// <summary>What runs an endpoint of a <see cref="Bottleneck"/>. While it is late, as a thread on a busy machine is, it
/// looks at its socket and its clock only every 20 to 60 ms.</summary>
internal sealed class LateHost(Endpoint endpoint, IPEndPoint address, Random random)
{
    private const int LeastUs = 20_000, MostUs = 60_000;

    private readonly PriorityQueue<(IPEndPoint From, byte[] Bytes), (long AtUs, long Order)> inbox = new();
    private long awakeUs;
    private long order;

    internal Endpoint Endpoint => endpoint;

    internal IPEndPoint Address => address;

    internal bool IsLate { get; set; }

    /// <summary>When it runs next.</summary>
    internal long DueUs => Math.Max(awakeUs, Math.Min(
        endpoint.NextTimeoutUs, inbox.TryPeek(out _, out var next) ? next.AtUs : long.MaxValue));

    internal void Arrive(long atUs, IPEndPoint from, byte[] datagram) =>
        inbox.Enqueue((from, datagram), (atUs, order++));

    /// <summary>Does what has become due; sending is left to the caller.</summary>
    internal void Run(long nowUs)
    {
        awakeUs = IsLate ? nowUs + random.Next(LeastUs, MostUs) : nowUs;
        while (inbox.TryPeek(out var packet, out var next) && next.AtUs <= nowUs)
        {
            inbox.Dequeue();
            endpoint.OnDatagram(nowUs, packet.From, packet.Bytes);
        }
        if (endpoint.NextTimeoutUs <= nowUs)
            endpoint.OnTimer(nowUs);
    }
}

using System.Net;

namespace Ledger.Node.Transport;

/// <summary>What becomes of a well-formed INIT from somebody unknown.</summary>
internal enum Verdict
{
    /// <summary>It is worth the curve operations of an answer.</summary>
    Answer,

    /// <summary>It must show first that it receives at its address.</summary>
    ProveAddress,

    /// <summary>Its host, or all hosts together, ask for too much.</summary>
    Refuse,
}

/// <summary>
/// Whether to spend work on strangers. As long as few call, they are simply answered. Under load, and where one host
/// calls too often, an INIT without a valid cookie costs two hashes and a short packet; one with a cookie is held
/// to the limits of its host.
/// </summary>
internal sealed class Admission(HalfOpenTable halfOpen)
{
    private readonly TokenBucket unproven =
        new(TransportLimits.UnprovenPerSecond, burst: TransportLimits.UnprovenPerSecond);

    private readonly TokenBucket all =
        new(TransportLimits.HandshakesPerSecond, burst: TransportLimits.HandshakesPerSecond);

    private readonly HostRates hosts =
        new(TransportLimits.HandshakesPerHostPerSecond, TransportLimits.HandshakesPerHostBurst);

    internal Verdict Judge(long nowUs, IPAddress from, bool isProven)
    {
        var hasRoom = halfOpen.HasRoom(from, isProven);
        if (isProven)
            return hasRoom && hosts.TryTake(nowUs, AddressGroup.Host(from)) && all.TryTake(nowUs)
                ? Verdict.Answer
                : Verdict.Refuse;
        return hasRoom && halfOpen.Count < TransportLimits.HalfOpenUnderLoad && unproven.TryTake(nowUs)
            && hosts.TryTake(nowUs, AddressGroup.Host(from)) && all.TryTake(nowUs)
                ? Verdict.Answer
                : Verdict.ProveAddress;
    }
}

using System.Net;

namespace Ledger.Node.Transport;

/// <summary>
/// Where a peer is (RFC 9000 section 9). Its newest packet from another address makes that address a candidate: it is
/// sent a challenge that only who receives there can answer, and everything else still goes to the old one. So a copy
/// of a packet under a false address moves nobody, and a NAT that changes its mind costs one round trip.
/// </summary>
internal sealed class PeerPath(IPEndPoint address, EndpointOptions options)
{
    private readonly Queue<(IPEndPoint To, ulong Data)> responses = new();
    private readonly bool followsAnybody = options.Bugs.HasFlag(PlantedBug.NoPathValidation);
    private IPEndPoint? candidate;
    private ulong challenge;
    private long probeDueUs;
    private long heardBytes;
    private int tries;

    /// <summary>The address that the peer has proved to receive at.</summary>
    internal IPEndPoint Address { get; private set; } = address;

    /// <summary>When the candidate is asked again or given up.</summary>
    internal long DueUs => candidate is null ? long.MaxValue : probeDueUs;

    /// <summary>Takes note of where an authentic packet came from; <paramref name="isNewest"/> tells whether its number
    /// is the highest, as a delayed copy's is not.</summary>
    internal void OnPacket(long nowUs, IPEndPoint from, int bytes, bool isNewest)
    {
        if (isNewest && followsAnybody)
            Address = from;
        if (from.Equals(candidate))
            heardBytes += bytes;
        else if (isNewest && !from.Equals(Address) && nowUs >= probeDueUs)
            (candidate, challenge, heardBytes, tries) = (from, Draw(), bytes, 0);
    }

    /// <summary>Takes the peer's challenge; the answer goes to where the question came from.</summary>
    internal void OnChallenge(IPEndPoint from, ulong data)
    {
        if (responses.Count < TransportLimits.PathResponsesMax)
            responses.Enqueue((from, data));
    }

    /// <summary>Takes an answer; true where it proves the candidate, which is the peer's address from now on.</summary>
    internal bool OnResponse(ulong data)
    {
        if (candidate is null || tries == 0 || data != challenge)
            return false;
        (Address, candidate) = (candidate, null);
        return true;
    }

    internal void OnTimer(long nowUs)
    {
        if (nowUs >= probeDueUs && !MayProbe())
            candidate = null;
    }

    /// <summary>The next frame for an address other than the proven one, or an answer to a challenge.</summary>
    internal bool TryTake(long nowUs, out IPEndPoint to, out PathFrame frame)
    {
        if (responses.TryDequeue(out var response))
        {
            (to, frame) = (response.To, new(FrameType.PathResponse, response.Data));
            return true;
        }
        (to, frame) = (Address, default);
        if (candidate is null || nowUs < probeDueUs || !MayProbe())
            return false;
        tries++;
        probeDueUs = nowUs + TransportLimits.PathProbeUs;
        (to, frame) = (candidate, new(FrameType.PathChallenge, challenge));
        return true;
    }

    // An address that is not proven gets at most three times what came from it.
    private bool MayProbe() => candidate is not null && tries < TransportLimits.PathProbesMax
        && (tries + 1) * PathFrame.PacketBytes <= TransportLimits.AmplificationMax * heardBytes;

    private ulong Draw()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        options.Random(bytes);
        return BitConverter.ToUInt64(bytes);
    }
}

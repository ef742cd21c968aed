using System.Net;
using Ledger.Consensus.Crypto;

namespace Ledger.Node.Transport;

/// <summary>
/// All handshakes in progress: the ones we began and the ones of unknown initiators. Where both peers call each other
/// at once, the call of the smaller id stands: each side learns of the crossing when FIN names the initiator, and
/// then either ignores it or gives up its own call, never both.
/// </summary>
internal sealed class Handshakes(EndpointOptions options)
{
    private readonly List<Dial> dials = [];
    private readonly HalfOpenTable halfOpen = new();
    private readonly uint networkTag = InitPacket.NetworkTag(options.Network);
    private readonly byte[] macKey = InitPacket.MacKey(options.Key.CompressedPublicKey());
    private readonly PeerId self = new(options.Key.PublicKey);

    internal int DialCount => dials.Count;

    internal int HalfOpenCount => halfOpen.Count;

    internal long DueUs => dials.Aggregate(halfOpen.DueUs, (due, dial) => Math.Min(due, dial.DueUs));

    internal bool Uses(uint id) => halfOpen.Find(id) is not null || FindDial(id) is not null;

    internal Dial? FindDial(PeerId peer) => dials.Find(dial => dial.Peer == peer);

    internal Dial? FindDial(uint ownId) => dials.Find(dial => dial.OwnId == ownId);

    /// <summary>Calls a peer, from <paramref name="firstUs"/> on.</summary>
    internal bool TryDial(PeerId peer, IPEndPoint address, uint ownId, long firstUs)
    {
        if (peer == self || dials.Count >= TransportLimits.DialsMax || FindDial(peer) is not null)
            return false;
        var terms = new DialTerms(options.Key, peer, address, options.Network, ownId);
        if (Dial.Begin(terms, options.Random, firstUs) is not { } dial)
            return false;
        dials.Add(dial);
        return true;
    }

    internal void Remove(Dial dial)
    {
        dials.Remove(dial);
        dial.Dispose();
    }

    /// <summary>Answers an INIT; the same one again gets the same bytes.</summary>
    internal DropReason OnInit(long nowUs, IPEndPoint from, ReadOnlySpan<byte> init, uint freshId, out byte[] reply)
    {
        reply = [];
        var reason = InitPacket.Check(init, options.Bugs.HasFlag(PlantedBug.NoNetworkTag) ? null : networkTag, macKey);
        if (reason != DropReason.None)
            return reason;
        var key = new InitKey(from, InitPacket.ConnectionId(init), InitPacket.Ephemeral(init));
        if (halfOpen.Find(key) is { } known)
        {
            reply = known.Resp;
            return DropReason.None;
        }
        return halfOpen.HasRoom(from.Address) ? Answer(nowUs, key, init, freshId, out reply) : DropReason.HalfOpenFull;
    }

    /// <summary>Takes the answer to a call of ours.</summary>
    internal DropReason OnResp(long nowUs, ReadOnlySpan<byte> resp, out ConnectionTerms? terms)
    {
        terms = null;
        if (resp.Length != RespPacket.Bytes)
            return DropReason.Malformed;
        if (FindDial(RespPacket.InitiatorId(resp)) is not { } dial)
            return DropReason.UnknownConnection;
        if (dial.OnResp(nowUs, resp) is not { } keys)
            return DropReason.HandshakeFailed;
        terms = new()
        {
            Peer = dial.Peer,
            Address = dial.Address,
            Inbound = false,
            OwnId = dial.OwnId,
            PeerConnectionId = RespPacket.ResponderId(resp),
            Keys = keys,
            Bugs = options.Bugs,
        };
        return DropReason.None;
    }

    /// <summary>Takes the last packet of somebody else's call, which says who called.</summary>
    internal DropReason OnFin(ReadOnlySpan<byte> fin, out ConnectionTerms? terms)
    {
        terms = null;
        if (fin.Length != FinPacket.Bytes)
            return DropReason.Malformed;
        if (halfOpen.Find(FinPacket.ResponderId(fin)) is not { } handshake)
            return DropReason.UnknownConnection;
        if (handshake.Noise.ReadThird(fin[..FinPacket.HeaderBytes], fin[FinPacket.HeaderBytes..]) is not { } initiator)
            return DropReason.HandshakeFailed;
        halfOpen.Remove(handshake.OwnId);
        if (initiator.Peer == self || FindDial(initiator.Peer) is { IsAnswered: true } && self < initiator.Peer)
            return DropReason.CrossedDial;
        terms = new()
        {
            Peer = initiator.Peer,
            Address = handshake.Key.From,
            Inbound = true,
            OwnId = handshake.OwnId,
            PeerConnectionId = handshake.Key.InitiatorId,
            Keys = initiator.Keys,
            Bugs = options.Bugs,
        };
        return DropReason.None;
    }

    internal bool TryTransmit(long nowUs, out OutgoingDatagram datagram)
    {
        foreach (var dial in dials)
            if (dial.TryTransmit(nowUs, out datagram))
                return true;
        datagram = default;
        return false;
    }

    /// <summary>Ends what took too long and returns the calls that nobody answered.</summary>
    internal List<Dial> Expire(long nowUs)
    {
        halfOpen.Expire(nowUs);
        return dials.FindAll(dial => dial.HasFailed(nowUs));
    }

    private DropReason Answer(long nowUs, InitKey key, ReadOnlySpan<byte> init, uint freshId, out byte[] reply)
    {
        reply = [];
        Span<byte> initiator = stackalloc byte[NoiseXk.KeyBytes];
        var ephemeral = options.Random.EphemeralKey();
        var noise = new NoiseResponder(options.Key, ephemeral, options.Network);
        if (!noise.TryReadFirst(
            init[..InitPacket.HeaderBytes], init.Slice(InitPacket.HeaderBytes, InitPacket.NoiseBytes), initiator))
        {
            ephemeral.Dispose();
            return DropReason.HandshakeFailed;
        }
        reply = new byte[RespPacket.Bytes];
        RespPacket.WriteHeader(reply, key.InitiatorId, freshId);
        noise.WriteSecond(reply.AsSpan(0, RespPacket.HeaderBytes), initiator, reply.AsSpan(RespPacket.HeaderBytes));
        halfOpen.Add(new(key, freshId, noise, ephemeral, reply, nowUs + TransportLimits.HalfOpenLifeUs));
        return DropReason.None;
    }
}

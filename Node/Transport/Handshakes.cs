using System.Net;
using Ledger.Consensus.Crypto;

namespace Ledger.Node.Transport;

/// <summary>
/// All handshakes in progress: the ones we began and the ones of unknown initiators. Where both peers call each other
/// at once, the call of the smaller id stands: each side learns of the crossing when FIN names the initiator, and
/// then either ignores it or gives up its own call, never both.
/// </summary>
internal sealed class Handshakes
{
    private readonly EndpointOptions options;
    private readonly ResetTokens resets;
    private readonly List<Dial> dials = [];
    private readonly HalfOpenTable halfOpen = new();
    private readonly Admission admission;
    private readonly Cookies cookies;
    private readonly uint networkTag;
    private readonly byte[] macKey;
    private readonly PeerId self;

    internal Handshakes(EndpointOptions options, ResetTokens resets)
    {
        (this.options, this.resets) = (options, resets);
        (admission, cookies) = (new(halfOpen), new(options.Random));
        networkTag = InitPacket.NetworkTag(options.Network);
        macKey = InitPacket.MacKey(options.Key.CompressedPublicKey());
        self = new(options.Key.PublicKey);
    }

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
        if (Dial.Begin(new(peer, address, ownId, options, resets), firstUs) is not { } dial)
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
        var ephemeral = InitPacket.Ephemeral(init);
        // The x of the key names the handshake, whatever sign the point has.
        var key = new InitKey(from, InitPacket.ConnectionId(init), Bytes32.From(ephemeral[1..]));
        if (halfOpen.Find(key) is { } known)
        {
            known.IsRepeated = true;
            reply = known.Resp;
            return DropReason.None;
        }
        var isProven = options.Bugs.HasFlag(PlantedBug.NoCookies)
            || cookies.IsValid(nowUs, from, ephemeral, InitPacket.Cookie(init));
        switch (admission.Judge(nowUs, from.Address, isProven))
        {
            case Verdict.Answer:
                return Answer(nowUs, key, init, new(freshId, isProven), out reply);
            case Verdict.ProveAddress:
                reply = new byte[RetryPacket.Bytes];
                RetryPacket.WriteHeader(reply, key.InitiatorId, ephemeral);
                cookies.Write(nowUs, from, ephemeral, RetryPacket.Cookie(reply.AsSpan()));
                return DropReason.None;
            default:
                return DropReason.RateLimited;
        }
    }

    /// <summary>Takes the wish of one whom we call for a proof of our address.</summary>
    internal DropReason OnRetry(long nowUs, ReadOnlySpan<byte> retry)
    {
        if (retry.Length != RetryPacket.Bytes)
            return DropReason.Malformed;
        return FindDial(RetryPacket.InitiatorId(retry)) is { } dial
            ? dial.OnRetry(nowUs, retry)
            : DropReason.UnknownConnection;
    }

    /// <summary>Takes the answer to a call of ours.</summary>
    internal DropReason OnResp(long nowUs, ReadOnlySpan<byte> resp, out ConnectionTerms? terms)
    {
        terms = null;
        if (resp.Length != RespPacket.Bytes)
            return DropReason.Malformed;
        if (FindDial(RespPacket.InitiatorId(resp)) is not { } dial)
            return DropReason.UnknownConnection;
        terms = dial.OnResp(nowUs, resp);
        return terms is null ? DropReason.HandshakeFailed : DropReason.None;
    }

    /// <summary>Takes the last packet of somebody else's call, which says who called.</summary>
    internal DropReason OnFin(long nowUs, ReadOnlySpan<byte> fin, out ConnectionTerms? terms)
    {
        terms = null;
        if (fin.Length != FinPacket.Bytes)
            return DropReason.Malformed;
        if (halfOpen.Find(FinPacket.ResponderId(fin)) is not { } handshake)
            return DropReason.UnknownConnection;
        var sealedPayload = new byte[FinPacket.PayloadBytes];
        if (handshake.Noise.ReadThird(fin[..FinPacket.HeaderBytes], fin[FinPacket.HeaderBytes..], sealedPayload)
            is not { } initiator)
            return DropReason.HandshakeFailed;
        halfOpen.Remove(handshake);
        var payload = HandshakePayload.Decode(sealedPayload);
        // Only the initiator has seen what both can do, and it may not ask for more.
        if ((payload.Capabilities & ~options.Capabilities) != 0)
            return DropReason.HandshakeFailed;
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
            Agreed = payload.Capabilities,
            PeerResetToken = payload.ResetToken,
            RoundTripUs = handshake.IsRepeated ? 0 : nowUs - handshake.AnsweredUs,
            Options = options,
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

    private DropReason Answer(
        long nowUs, InitKey key, ReadOnlySpan<byte> init, (uint Id, bool IsProven) fresh, out byte[] reply)
    {
        reply = [];
        var noise = new NoiseResponder(options.Key, options.Network);
        if (!noise.TryReadFirst(
            init[..InitPacket.HeaderBytes], init.Slice(InitPacket.HeaderBytes, InitPacket.NoiseBytes)))
            return DropReason.HandshakeFailed;
        var ephemeral = options.Random.EphemeralKey();
        var payload = new HandshakePayload(key.From, new byte[ResetTokens.Bytes], options.Capabilities);
        resets.Write(fresh.Id, payload.ResetToken);
        reply = new byte[RespPacket.Bytes];
        RespPacket.WriteHeader(reply, key.InitiatorId, fresh.Id);
        noise.WriteSecond(
            reply.AsSpan(0, RespPacket.HeaderBytes), ephemeral, payload.Encode(),
            reply.AsSpan(RespPacket.HeaderBytes));
        halfOpen.Add(new()
        {
            Key = key,
            OwnId = fresh.Id,
            Noise = noise,
            Ephemeral = ephemeral,
            Resp = reply,
            IsProven = fresh.IsProven,
            AnsweredUs = nowUs,
        });
        return DropReason.None;
    }
}

using System.Net;
using Ledger.Consensus.Crypto;

namespace Ledger.Node.Transport;

/// <summary>
/// A handshake that we began: repeats INIT until it is answered, then FIN until the responder's first data packet
/// confirms that it arrived.
/// </summary>
internal sealed class Dial : IDisposable
{
    private readonly DialTerms terms;
    private readonly SecretKey ephemeral;
    private readonly NoiseInitiator noise;
    private byte[] packet = new byte[TransportLimits.DatagramBytesBase];
    private long sentUs;
    private int tries;
    private int retries;

    private Dial(DialTerms terms, long firstUs, SecretKey ephemeral)
    {
        (this.terms, this.ephemeral, DueUs) = (terms, ephemeral, firstUs);
        noise = new(terms.Options.Key, ephemeral, terms.Peer, terms.Options.Network);
    }

    internal PeerId Peer => terms.Peer;

    internal IPEndPoint Address => terms.Address;

    internal uint OwnId => terms.OwnId;

    /// <summary>When the packet is sent again, or the attempt has failed.</summary>
    internal long DueUs { get; private set; }

    /// <summary>The responder has proved who it is; our FIN is on its way.</summary>
    internal bool IsAnswered { get; private set; }

    internal bool HasFailed(long nowUs) => nowUs >= DueUs && tries >= TransportLimits.HandshakeTriesMax;

    /// <summary>A new handshake, or null where the peer's id is no point of the curve.</summary>
    internal static Dial? Begin(DialTerms terms, long firstUs)
    {
        var dial = new Dial(terms, firstUs, terms.Options.Random.EphemeralKey());
        InitPacket.WriteHeader(dial.packet, InitPacket.NetworkTag(terms.Options.Network), terms.OwnId);
        if (!dial.noise.TryWriteFirst(
            dial.packet.AsSpan(0, InitPacket.HeaderBytes),
            dial.packet.AsSpan(InitPacket.HeaderBytes, InitPacket.NoiseBytes)))
        {
            dial.Dispose();
            return null;
        }
        InitPacket.WriteMac(dial.packet, InitPacket.MacKey(NoiseXk.Compress(terms.Peer)));
        return dial;
    }

    internal bool TryTransmit(long nowUs, out OutgoingDatagram datagram)
    {
        datagram = new(Address, packet);
        if (nowUs < DueUs || tries >= TransportLimits.HandshakeTriesMax)
            return false;
        sentUs = nowUs;
        DueUs = nowUs + (TransportLimits.HandshakeRetryUs << tries++);
        return true;
    }

    /// <summary>Takes the responder's wish for a proof of our address: INIT goes again at once, with its cookie. The
    /// number of such wishes is bounded, or a responder could keep us busy for ever.</summary>
    internal DropReason OnRetry(long nowUs, ReadOnlySpan<byte> retry)
    {
        if (IsAnswered || !RetryPacket.Echoes(retry, InitPacket.Ephemeral(packet)))
            return DropReason.HandshakeFailed;
        if (++retries > TransportLimits.RetriesTakenMax)
            return DropReason.RateLimited;
        InitPacket.WriteCookie(packet, RetryPacket.Cookie(retry));
        DueUs = nowUs;
        return DropReason.None;
    }

    /// <summary>Takes the answer to INIT; null where it is forged or came before.</summary>
    internal ConnectionTerms? OnResp(long nowUs, ReadOnlySpan<byte> resp)
    {
        var sealedPayload = new byte[RespPacket.PayloadBytes];
        if (IsAnswered
            || !noise.TryReadSecond(resp[..RespPacket.HeaderBytes], resp[RespPacket.HeaderBytes..], sealedPayload))
            return null;
        IsAnswered = true;
        var roundTripUs = tries == 1 ? nowUs - sentUs : 0;
        var payload = HandshakePayload.Decode(sealedPayload);
        var agreed = payload.Capabilities & terms.Options.Capabilities;
        return new()
        {
            Peer = Peer,
            Address = Address,
            Inbound = false,
            OwnId = OwnId,
            PeerConnectionId = RespPacket.ResponderId(resp),
            Keys = WriteFin(nowUs, RespPacket.ResponderId(resp), agreed),
            Agreed = agreed,
            PeerResetToken = payload.ResetToken,
            Observed = payload.Observed,
            RoundTripUs = roundTripUs,
            Options = terms.Options,
        };
    }

    public void Dispose() => ephemeral.Dispose();

    private SessionKeys WriteFin(long nowUs, uint responderId, Capabilities agreed)
    {
        var payload = new HandshakePayload(null, new byte[ResetTokens.Bytes], agreed);
        terms.Resets.Write(OwnId, payload.ResetToken);
        packet = new byte[FinPacket.Bytes];
        FinPacket.WriteHeader(packet, responderId);
        (tries, DueUs) = (0, nowUs);
        return noise.WriteThird(
            packet.AsSpan(0, FinPacket.HeaderBytes), payload.Encode(), packet.AsSpan(FinPacket.HeaderBytes));
    }
}

/// <summary>Whom to call, and as whom.</summary>
internal sealed record DialTerms(
    PeerId Peer, IPEndPoint Address, uint OwnId, EndpointOptions Options, ResetTokens Resets);

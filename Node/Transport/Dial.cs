using System.Net;
using Ledger.Consensus.Crypto;

namespace Ledger.Node.Transport;

/// <summary>
/// A handshake that we began: repeats INIT until it is answered, then FIN until the responder's first data packet
/// confirms that it arrived.
/// </summary>
internal sealed class Dial : IDisposable
{
    private readonly SecretKey ephemeral;
    private readonly NoiseInitiator noise;
    private byte[] packet = new byte[TransportLimits.DatagramBytesMax];
    private int tries;

    private Dial(DialTerms terms, long firstUs, SecretKey ephemeral)
    {
        this.ephemeral = ephemeral;
        noise = new(terms.Own, ephemeral, terms.Peer, terms.Network);
        (Peer, Address, OwnId, DueUs) = (terms.Peer, terms.Address, terms.OwnId, firstUs);
    }

    internal PeerId Peer { get; }

    internal IPEndPoint Address { get; }

    internal uint OwnId { get; }

    /// <summary>When the packet is sent again, or the attempt has failed.</summary>
    internal long DueUs { get; private set; }

    /// <summary>The responder has proved who it is; our FIN is on its way.</summary>
    internal bool IsAnswered { get; private set; }

    internal bool HasFailed(long nowUs) => nowUs >= DueUs && tries >= TransportLimits.HandshakeTriesMax;

    /// <summary>A new handshake, or null where the peer's id is no point of the curve.</summary>
    internal static Dial? Begin(DialTerms terms, RandomSource random, long firstUs)
    {
        var dial = new Dial(terms, firstUs, random.EphemeralKey());
        InitPacket.WriteHeader(dial.packet, InitPacket.NetworkTag(terms.Network), terms.OwnId);
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
        DueUs = nowUs + (TransportLimits.HandshakeRetryUs << tries++);
        return true;
    }

    /// <summary>Takes the answer to INIT; null where it is forged or came before.</summary>
    internal SessionKeys? OnResp(long nowUs, ReadOnlySpan<byte> resp)
    {
        if (IsAnswered || !noise.TryReadSecond(resp[..RespPacket.HeaderBytes], resp[RespPacket.HeaderBytes..]))
            return null;
        IsAnswered = true;
        packet = new byte[FinPacket.Bytes];
        FinPacket.WriteHeader(packet, RespPacket.ResponderId(resp));
        (tries, DueUs) = (0, nowUs);
        return noise.WriteThird(packet.AsSpan(0, FinPacket.HeaderBytes), packet.AsSpan(FinPacket.HeaderBytes));
    }

    public void Dispose() => ephemeral.Dispose();
}

/// <summary>Whom to call, and as whom.</summary>
internal sealed record DialTerms(SecretKey Own, PeerId Peer, IPEndPoint Address, Digest Network, uint OwnId);

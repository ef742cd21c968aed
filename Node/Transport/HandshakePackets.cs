using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography;
using Ledger.Consensus.Crypto;

namespace Ledger.Node.Transport;

/// <summary>The first byte of a datagram.</summary>
internal static class PacketType
{
    internal const byte Init = 0x01, Retry = 0x02, Resp = 0x03, Fin = 0x04, Reset = 0x05;

    /// <summary>Data packets have the upper two bits 01; the lower six say more.</summary>
    internal const byte Data = 0x40, DataMask = 0xC0;

    internal static bool IsData(byte type) => (type & DataMask) == Data;
}

/// <summary>
/// INIT, the first packet of a handshake, at least 1200 bytes so that no answer is longer than what provoked it:
/// 0 type | 1 version | 2 network tag 4 | 6 initiator's connection id 4 | 10 ephemeral key 33 | 43 tag 16 | 59 MAC 16 |
/// 75 cookie 16, zero for none | zeros. The MAC is keyed by the responder's static key: who does not know whom it
/// calls gets silence, at the price of one hash.
/// </summary>
internal static class InitPacket
{
    internal const byte Version = 1;
    internal const int HeaderBytes = 10;
    internal const int NoiseBytes = NoiseXk.KeyBytes + NoiseState.TagBytes;
    private const int MacAt = HeaderBytes + NoiseBytes, MacBytes = 16, CookieAt = MacAt + MacBytes;
    private const int PaddingAt = CookieAt + Cookies.Bytes;

    internal static uint NetworkTag(Digest network) => BinaryPrimitives.ReadUInt32BigEndian(network.ToArray());

    internal static byte[] MacKey(ReadOnlySpan<byte> responder) => SHA256.HashData([.. "mac1"u8, .. responder]);

    internal static void WriteHeader(Span<byte> packet, uint networkTag, uint connectionId)
    {
        var writer = new PacketWriter(packet);
        writer.U8(PacketType.Init);
        writer.U8(Version);
        writer.U32(networkTag);
        writer.U32(connectionId);
    }

    internal static uint ConnectionId(ReadOnlySpan<byte> packet) => BinaryPrimitives.ReadUInt32BigEndian(packet[6..]);

    internal static ReadOnlySpan<byte> Ephemeral(ReadOnlySpan<byte> packet) =>
        packet.Slice(HeaderBytes, NoiseXk.KeyBytes);

    /// <summary>The MAC leaves the cookie out: the same INIT goes again with the one that was asked for.</summary>
    internal static void WriteMac(Span<byte> packet, ReadOnlySpan<byte> macKey) =>
        HMACSHA256.HashData(macKey, packet[..MacAt]).AsSpan(0, MacBytes).CopyTo(packet[MacAt..]);

    internal static ReadOnlySpan<byte> Cookie(ReadOnlySpan<byte> packet) => packet.Slice(CookieAt, Cookies.Bytes);

    internal static void WriteCookie(Span<byte> packet, ReadOnlySpan<byte> cookie) => cookie.CopyTo(packet[CookieAt..]);

    /// <summary>All checks that cost less than a curve operation, the cheapest first.</summary>
    internal static DropReason Check(ReadOnlySpan<byte> packet, uint? networkTag, ReadOnlySpan<byte> macKey)
    {
        if (packet.Length < TransportLimits.DatagramBytesBase || packet[PaddingAt..].ContainsAnyExcept((byte)0))
            return DropReason.Malformed;
        if (packet[1] != Version)
            return DropReason.WrongVersion;
        if (networkTag is { } tag && BinaryPrimitives.ReadUInt32BigEndian(packet[2..]) != tag)
            return DropReason.WrongNetwork;
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(macKey, packet[..MacAt], mac);
        return CryptographicOperations.FixedTimeEquals(mac[..MacBytes], packet.Slice(MacAt, MacBytes))
            ? DropReason.None
            : DropReason.WrongMac;
    }
}

/// <summary>RETRY, "prove your address first": 0 type | 1 initiator's id 4 | 5 cookie 16 | 21 the first 10 bytes of the
/// hash of the ephemeral key, which show that its sender saw the INIT.</summary>
internal static class RetryPacket
{
    internal const int Bytes = EchoAt + EchoBytes;
    private const int CookieAt = 5, EchoAt = CookieAt + Cookies.Bytes, EchoBytes = 10;

    internal static void WriteHeader(Span<byte> packet, uint initiatorId, ReadOnlySpan<byte> ephemeral)
    {
        var writer = new PacketWriter(packet);
        writer.U8(PacketType.Retry);
        writer.U32(initiatorId);
        SHA256.HashData(ephemeral).AsSpan(0, EchoBytes).CopyTo(packet[EchoAt..]);
    }

    internal static uint InitiatorId(ReadOnlySpan<byte> packet) => BinaryPrimitives.ReadUInt32BigEndian(packet[1..]);

    internal static Span<byte> Cookie(Span<byte> packet) => packet.Slice(CookieAt, Cookies.Bytes);

    internal static ReadOnlySpan<byte> Cookie(ReadOnlySpan<byte> packet) => packet.Slice(CookieAt, Cookies.Bytes);

    internal static bool Echoes(ReadOnlySpan<byte> packet, ReadOnlySpan<byte> ephemeral) =>
        packet[EchoAt..].SequenceEqual(SHA256.HashData(ephemeral).AsSpan(0, EchoBytes));
}

/// <summary>RESP, the answer: 0 type | 1 initiator's id 4 | 5 responder's id 4 | 9 ephemeral key 33 | 42 sealed: the
/// initiator's address 18, reset token 16, capabilities 4 | tag 16.</summary>
internal static class RespPacket
{
    internal const int HeaderBytes = 9, PayloadBytes = AddressBytes.Bytes + ResetTokens.Bytes + sizeof(uint);
    internal const int Bytes = HeaderBytes + NoiseXk.KeyBytes + PayloadBytes + NoiseState.TagBytes;

    internal static void WriteHeader(Span<byte> packet, uint initiatorId, uint responderId)
    {
        var writer = new PacketWriter(packet);
        writer.U8(PacketType.Resp);
        writer.U32(initiatorId);
        writer.U32(responderId);
    }

    internal static uint InitiatorId(ReadOnlySpan<byte> packet) => BinaryPrimitives.ReadUInt32BigEndian(packet[1..]);

    internal static uint ResponderId(ReadOnlySpan<byte> packet) => BinaryPrimitives.ReadUInt32BigEndian(packet[5..]);
}

/// <summary>FIN, the end: 0 type | 1 responder's id 4 | 5 sealed static key 33 + 16 | 54 sealed: reset token 16,
/// capabilities that both have 4 | tag 16.</summary>
internal static class FinPacket
{
    internal const int HeaderBytes = 5, PayloadBytes = ResetTokens.Bytes + sizeof(uint);
    internal const int Bytes = HeaderBytes + NoiseXk.KeyBytes + PayloadBytes + 2 * NoiseState.TagBytes;

    internal static void WriteHeader(Span<byte> packet, uint responderId)
    {
        var writer = new PacketWriter(packet);
        writer.U8(PacketType.Fin);
        writer.U32(responderId);
    }

    internal static uint ResponderId(ReadOnlySpan<byte> packet) => BinaryPrimitives.ReadUInt32BigEndian(packet[1..]);
}

/// <summary>What a handshake packet says under seal.</summary>
internal readonly record struct HandshakePayload(IPEndPoint? Observed, byte[] ResetToken, Capabilities Capabilities)
{
    internal byte[] Encode()
    {
        var addressBytes = Observed is null ? 0 : AddressBytes.Bytes;
        var bytes = new byte[addressBytes + FinPacket.PayloadBytes];
        if (Observed is not null)
            AddressBytes.Write(Observed, bytes);
        ResetToken.CopyTo(bytes, addressBytes);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(addressBytes + ResetTokens.Bytes), (uint)Capabilities);
        return bytes;
    }

    /// <summary>Reads the payload of a RESP, or the shorter one of a FIN.</summary>
    internal static HandshakePayload Decode(ReadOnlySpan<byte> bytes)
    {
        var observed = bytes.Length == RespPacket.PayloadBytes ? AddressBytes.Read(bytes) : null;
        var rest = bytes[^FinPacket.PayloadBytes..];
        return new(observed, rest[..ResetTokens.Bytes].ToArray(),
            (Capabilities)BinaryPrimitives.ReadUInt32BigEndian(rest[ResetTokens.Bytes..]));
    }
}

/// <summary>RESET, "I know no such connection": 0 type | 1 the id that the packet named 4 | 5 token 16.</summary>
internal static class ResetPacket
{
    internal const int Bytes = TokenAt + ResetTokens.Bytes;
    private const int TokenAt = 5;

    internal static void Write(Span<byte> packet, uint connectionId, ResetTokens tokens)
    {
        var writer = new PacketWriter(packet);
        writer.U8(PacketType.Reset);
        writer.U32(connectionId);
        tokens.Write(connectionId, packet[TokenAt..]);
    }

    internal static uint ConnectionId(ReadOnlySpan<byte> packet) => BinaryPrimitives.ReadUInt32BigEndian(packet[1..]);

    internal static ReadOnlySpan<byte> Token(ReadOnlySpan<byte> packet) => packet[TokenAt..];
}

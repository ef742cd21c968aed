using System.Buffers.Binary;
using System.Security.Cryptography;
using Ledger.Consensus.Crypto;

namespace Ledger.Node.Transport;

/// <summary>The first byte of a datagram.</summary>
internal static class PacketType
{
    internal const byte Init = 0x01, Resp = 0x03, Fin = 0x04, Data = 0x40;
}

/// <summary>
/// INIT, the first packet of a handshake, 1200 bytes so that no answer of ours is longer than what provoked it:
/// 0 type | 1 version | 2 network tag 4 | 6 initiator's connection id 4 | 10 ephemeral key 33 | 43 tag 16 | 59 MAC 16 |
/// 75 cookie 16 (zero: not used yet) | zeros. The MAC is keyed by the responder's static key: who does not know whom it
/// calls gets silence, at the price of one hash.
/// </summary>
internal static class InitPacket
{
    internal const byte Version = 1;
    internal const int HeaderBytes = 10;
    internal const int NoiseBytes = NoiseXk.KeyBytes + NoiseState.TagBytes;
    private const int MacAt = HeaderBytes + NoiseBytes, MacBytes = 16;

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

    /// <summary>The x of the ephemeral key: it names this handshake, whatever sign the point has.</summary>
    internal static Bytes32 Ephemeral(ReadOnlySpan<byte> packet) =>
        Bytes32.From(packet.Slice(HeaderBytes + 1, Bytes32.Size));

    internal static void WriteMac(Span<byte> packet, ReadOnlySpan<byte> macKey) =>
        HMACSHA256.HashData(macKey, packet[..MacAt]).AsSpan(0, MacBytes).CopyTo(packet[MacAt..]);

    /// <summary>All checks that cost less than a curve operation, the cheapest first.</summary>
    internal static DropReason Check(ReadOnlySpan<byte> packet, uint? networkTag, ReadOnlySpan<byte> macKey)
    {
        if (packet.Length != TransportLimits.DatagramBytesMax)
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

/// <summary>RESP, the answer: 0 type | 1 initiator's id 4 | 5 responder's id 4 | 9 ephemeral key 33 | 42 tag
/// 16.</summary>
internal static class RespPacket
{
    internal const int HeaderBytes = 9, Bytes = HeaderBytes + NoiseXk.KeyBytes + NoiseState.TagBytes;

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

/// <summary>FIN, the end: 0 type | 1 responder's id 4 | 5 sealed static key 33 + 16 | 54 tag 16.</summary>
internal static class FinPacket
{
    internal const int HeaderBytes = 5, Bytes = HeaderBytes + NoiseXk.KeyBytes + 2 * NoiseState.TagBytes;

    internal static void WriteHeader(Span<byte> packet, uint responderId)
    {
        var writer = new PacketWriter(packet);
        writer.U8(PacketType.Fin);
        writer.U32(responderId);
    }

    internal static uint ResponderId(ReadOnlySpan<byte> packet) => BinaryPrimitives.ReadUInt32BigEndian(packet[1..]);
}

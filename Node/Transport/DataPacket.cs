using System.Buffers.Binary;

namespace Ledger.Node.Transport;

/// <summary>
/// DATA, the packet of a connection: 0 type 01KR RRRR, K the phase of the key, R zero | 1 receiver's connection id 4 |
/// 5 low half of the packet number 4 | 9 sealed frames | tag 16. The header is authenticated with the frames.
/// </summary>
internal static class DataPacket
{
    internal const int HeaderBytes = 9, TagBytes = 16;
    internal const int FrameBytesMax = TransportLimits.DatagramBytesMax - HeaderBytes - TagBytes;
    private const byte PhaseBit = 0x20, ReservedBits = 0x1F;

    internal static uint ConnectionId(ReadOnlySpan<byte> packet) => BinaryPrimitives.ReadUInt32BigEndian(packet[1..]);

    internal static bool Phase(ReadOnlySpan<byte> packet) => (packet[0] & PhaseBit) != 0;

    /// <summary>Whether bits are set that nobody may set: a fault of the peer where the packet is authentic.</summary>
    internal static bool HasReservedBits(ReadOnlySpan<byte> packet) => (packet[0] & ReservedBits) != 0;

    internal static void WriteHeader(Span<byte> packet, uint connectionId, long number, bool phase)
    {
        var writer = new PacketWriter(packet);
        writer.U8(PacketType.Data | (phase ? PhaseBit : 0));
        writer.U32(connectionId);
        writer.U32((uint)(number & uint.MaxValue));
    }

    /// <summary>The whole packet number: the one nearest to the next expected with the low half that was
    /// sent.</summary>
    internal static long Number(ReadOnlySpan<byte> packet, long highest)
    {
        const long period = 1L << 32;
        long low = BinaryPrimitives.ReadUInt32BigEndian(packet[5..]);
        var expected = highest + 1;
        var number = (expected & ~(period - 1)) | low;
        if (number > expected + period / 2 && number >= period)
            return number - period;
        return number <= expected - period / 2 ? number + period : number;
    }
}

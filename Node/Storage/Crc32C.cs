using System.Buffers.Binary;
using System.Numerics;

namespace Ledger.Node.Storage;

/// <summary>CRC-32C (Castagnoli, RFC 3720 appendix B.4), which the processor computes by itself.</summary>
internal static class Crc32C
{
    private const uint Start = uint.MaxValue;

    internal static uint Of(ReadOnlySpan<byte> head, ReadOnlySpan<byte> tail) => ~Continue(Continue(Start, head), tail);

    private static uint Continue(uint crc, ReadOnlySpan<byte> bytes)
    {
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (var b in bytes)
            crc = BitOperations.Crc32C(crc, b);
        return crc;
    }
}

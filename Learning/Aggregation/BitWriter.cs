namespace Ledger.Learning.Aggregation;

/// <summary>Bits into bytes, the first in the lowest place; the last byte is filled with zeros.</summary>
internal sealed class BitWriter
{
    private readonly List<byte> bytes = [];
    private ulong pending;
    private int count;

    /// <summary>The Golomb-Rice code: the quotient by 2^bits in ones, a zero, then the remainder.</summary>
    internal void Rice(int value, int bits)
    {
        for (var quotient = value >> bits; quotient > 0; quotient--)
            Append(1, 1);
        Append(0, 1);
        Append((uint)value & ((1u << bits) - 1), bits);
    }

    internal byte[] ToArray() => count == 0 ? [.. bytes] : [.. bytes, (byte)pending];

    private void Append(uint value, int bits)
    {
        pending |= (ulong)value << count;
        for (count += bits; count >= 8; count -= 8, pending >>= 8)
            bytes.Add((byte)(pending & 0xFF));
    }
}

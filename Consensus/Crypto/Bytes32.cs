using System.Buffers.Binary;

namespace Ledger.Consensus.Crypto;

/// <summary>
/// Thirty-two bytes as a value: no heap, ordered like the byte string. Digests, keys and salts are made of it.
/// </summary>
public readonly record struct Bytes32(ulong A, ulong B, ulong C, ulong D) : IComparable<Bytes32>
{
    /// <summary>Length in bytes.</summary>
    public const int Size = 32;

    /// <summary>The value of exactly <see cref="Size"/> bytes.</summary>
    public static Bytes32 From(ReadOnlySpan<byte> bytes) => bytes.Length != Size
        ? throw new ArgumentException($"expected {Size} bytes, got {bytes.Length}", nameof(bytes))
        : new(
            BinaryPrimitives.ReadUInt64BigEndian(bytes),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]));

    /// <summary>Writes the 32 bytes to the start of <paramref name="target"/>.</summary>
    public void CopyTo(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt64BigEndian(target, A);
        BinaryPrimitives.WriteUInt64BigEndian(target[8..], B);
        BinaryPrimitives.WriteUInt64BigEndian(target[16..], C);
        BinaryPrimitives.WriteUInt64BigEndian(target[24..], D);
    }

    /// <summary>The 32 bytes in a new array.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[Size];
        CopyTo(bytes);
        return bytes;
    }

    /// <summary>The bit at a place; place 0 is the highest of the first byte.</summary>
    public int Bit(int place) => (int)(Word(place >> 6) >> (63 - (place & 63)) & 1);

    /// <summary>The half byte at a place; place 0 is the high half of the first byte.</summary>
    public int Nibble(int place) => (int)(Word(place >> 4) >> (60 - 4 * (place & 15)) & 15);

    private ulong Word(int index) => index switch { 0 => A, 1 => B, 2 => C, _ => D };

    /// <inheritdoc/>
    public int CompareTo(Bytes32 other)
    {
        var order = A.CompareTo(other.A);
        if (order == 0)
            order = B.CompareTo(other.B);
        if (order == 0)
            order = C.CompareTo(other.C);
        return order != 0 ? order : D.CompareTo(other.D);
    }

    /// <summary>Lower-case hexadecimal.</summary>
    public override string ToString() => Convert.ToHexStringLower(ToArray());

    public static bool operator <(Bytes32 left, Bytes32 right) => left.CompareTo(right) < 0;

    public static bool operator >(Bytes32 left, Bytes32 right) => left.CompareTo(right) > 0;

    public static bool operator <=(Bytes32 left, Bytes32 right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Bytes32 left, Bytes32 right) => left.CompareTo(right) >= 0;
}

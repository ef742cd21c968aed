using System.Buffers.Binary;

namespace Ledger.Node.Transport;

/// <summary>Writes big-endian packet fields into a buffer whose room the caller has checked.</summary>
internal ref struct PacketWriter(Span<byte> target)
{
    private readonly Span<byte> target = target;

    public int Length { get; private set; }

    public readonly int Free => target.Length - Length;

    /// <summary>Bytes of a QUIC integer (RFC 9000 section 16).</summary>
    public static int VarintSize(long value) => value switch
    {
        < 1 << 6 => 1,
        < 1 << 14 => 2,
        < 1 << 30 => 4,
        _ => 8,
    };

    public void U8(int value) => Claim(1)[0] = (byte)value;

    public void U16(int value) => BinaryPrimitives.WriteUInt16BigEndian(Claim(2), (ushort)value);

    public void U32(uint value) => BinaryPrimitives.WriteUInt32BigEndian(Claim(4), value);

    public void U64(ulong value) => BinaryPrimitives.WriteUInt64BigEndian(Claim(8), value);

    public void Varint(long value)
    {
        switch (VarintSize(value))
        {
            case 1:
                U8((int)value);
                break;
            case 2:
                U16((int)value | 0x4000);
                break;
            case 4:
                U32((uint)value | 0x8000_0000);
                break;
            default:
                BinaryPrimitives.WriteUInt64BigEndian(Claim(8), (ulong)value | 0xC000_0000_0000_0000);
                break;
        }
    }

    public void Bytes(scoped ReadOnlySpan<byte> value) => value.CopyTo(Claim(value.Length));

    private Span<byte> Claim(int length)
    {
        var claimed = target.Slice(Length, length);
        Length += length;
        return claimed;
    }
}

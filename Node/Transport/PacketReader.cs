using System.Buffers.Binary;

namespace Ledger.Node.Transport;

/// <summary>Reads big-endian packet fields. Failure is sticky: after the first bad field every read returns zero,
/// so that a parser reads straight through and checks <see cref="Failed"/> once.</summary>
internal ref struct PacketReader(ReadOnlySpan<byte> input)
{
    private ReadOnlySpan<byte> rest = input;

    public bool Failed { get; private set; }

    public readonly bool AtEnd => rest.IsEmpty;

    public byte U8() => Take(1) is [var value] ? value : (byte)0;

    public int U16() => Take(2) is { Length: 2 } bytes ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : 0;

    public uint U32() => Take(4) is { Length: 4 } bytes ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : 0;

    public ulong U64() => Take(8) is { Length: 8 } bytes ? BinaryPrimitives.ReadUInt64BigEndian(bytes) : 0;

    /// <summary>Takes the zeros that come next, if any.</summary>
    public void SkipZeros() => rest = rest.TrimStart((byte)0);

    /// <summary>A QUIC integer (RFC 9000 section 16), refused where a shorter form of the same value exists.</summary>
    public long Varint()
    {
        if (rest.IsEmpty)
            return Fail();
        var length = 1 << (rest[0] >> 6);
        var bytes = Take(length);
        if (bytes.Length != length)
            return 0;
        long value = bytes[0] & 0x3F;
        foreach (var next in bytes[1..])
            value = (value << 8) | next;
        return PacketWriter.VarintSize(value) == length ? value : Fail();
    }

    public ReadOnlySpan<byte> Take(int length)
    {
        if (Failed || length < 0 || length > rest.Length)
        {
            Fail();
            return [];
        }
        var taken = rest[..length];
        rest = rest[length..];
        return taken;
    }

    /// <summary>Marks the input as bad.</summary>
    public long Fail()
    {
        Failed = true;
        rest = [];
        return 0;
    }
}

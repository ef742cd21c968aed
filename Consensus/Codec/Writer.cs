using System.Buffers.Binary;
using System.Text;

namespace Ledger.Consensus.Codec;

/// <summary>
/// Writes canonical MessagePack (github.com/msgpack/msgpack, spec.md): a record is an array of its fields in order,
/// integers take their shortest form, byte strings are bin, text is UTF-8 str. No maps, floats or extension types,
/// so that one value has exactly one encoding.
/// </summary>
public sealed class Writer
{
    // What is signed or hashed mostly fits.
    private byte[] buffer = new byte[192];
    private int length;

    /// <summary>What has been written so far.</summary>
    public ReadOnlySpan<byte> Written => buffer.AsSpan(0, length);

    /// <summary>A copy of what has been written so far.</summary>
    public byte[] ToArray() => Written.ToArray();

    /// <summary>The head of an array of <paramref name="count"/> values.</summary>
    public Writer Array(int count)
    {
        if (count < 16)
            Byte((byte)(0x90 | count));
        else if (count <= ushort.MaxValue)
            Head16(0xdc, (ushort)count);
        else
            Head32(0xdd, (uint)count);
        return this;
    }

    /// <summary>An unsigned integer in its shortest form.</summary>
    public Writer UInt(ulong value)
    {
        if (value < 0x80)
            Byte((byte)value);
        else if (value <= byte.MaxValue)
            Pair(0xcc, (byte)value);
        else if (value <= ushort.MaxValue)
            Head16(0xcd, (ushort)value);
        else if (value <= uint.MaxValue)
            Head32(0xce, (uint)value);
        else
            Head64(0xcf, value);
        return this;
    }

    /// <summary>An integer or nil.</summary>
    public Writer UIntOrNil(ulong? value) => value is { } v ? UInt(v) : Nil();

    /// <summary>The absent value.</summary>
    public Writer Nil()
    {
        Byte(0xc0);
        return this;
    }

    /// <summary>A byte string.</summary>
    public Writer Bytes(ReadOnlySpan<byte> value)
    {
        if (value.Length <= byte.MaxValue)
            Pair(0xc4, (byte)value.Length);
        else if (value.Length <= ushort.MaxValue)
            Head16(0xc5, (ushort)value.Length);
        else
            Head32(0xc6, (uint)value.Length);
        value.CopyTo(Next(value.Length));
        return this;
    }

    /// <summary>A record that another writer has written.</summary>
    public Writer Record(ReadOnlySpan<byte> written)
    {
        written.CopyTo(Next(written.Length));
        return this;
    }

    /// <summary>Text as UTF-8.</summary>
    public Writer Text(string value)
    {
        var utf8 = Encoding.UTF8.GetBytes(value);
        if (utf8.Length < 32)
            Byte((byte)(0xa0 | utf8.Length));
        else if (utf8.Length <= byte.MaxValue)
            Pair(0xd9, (byte)utf8.Length);
        else if (utf8.Length <= ushort.MaxValue)
            Head16(0xda, (ushort)utf8.Length);
        else
            Head32(0xdb, (uint)utf8.Length);
        utf8.CopyTo(Next(utf8.Length));
        return this;
    }

    // Where the next bytes go.
    private Span<byte> Next(int count)
    {
        if (count > buffer.Length - length)
            System.Array.Resize(ref buffer, Math.Max(length + count, 2 * buffer.Length));
        length += count;
        return buffer.AsSpan(length - count, count);
    }

    private void Byte(byte value) => Next(1)[0] = value;

    private void Pair(byte head, byte value)
    {
        var target = Next(2);
        (target[0], target[1]) = (head, value);
    }

    private void Head16(byte head, ushort value)
    {
        Byte(head);
        BinaryPrimitives.WriteUInt16BigEndian(Next(sizeof(ushort)), value);
    }

    private void Head32(byte head, uint value)
    {
        Byte(head);
        BinaryPrimitives.WriteUInt32BigEndian(Next(sizeof(uint)), value);
    }

    private void Head64(byte head, ulong value)
    {
        Byte(head);
        BinaryPrimitives.WriteUInt64BigEndian(Next(sizeof(ulong)), value);
    }
}

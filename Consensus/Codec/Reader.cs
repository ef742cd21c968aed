using System.Buffers.Binary;
using System.Text;

namespace Ledger.Consensus.Codec;

/// <summary>
/// Reads what <see cref="Writer"/> writes and nothing else: any longer form of the same value is refused. Failure is
/// sticky: after the first bad field every read returns nothing, so a decoder reads straight through and checks
/// <see cref="Finished"/> once.
/// </summary>
public ref struct Reader(ReadOnlySpan<byte> input)
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    private ReadOnlySpan<byte> rest = input;
    private bool failed;

    /// <summary>Whether every field was good and no byte is left over.</summary>
    public readonly bool Finished => !failed && rest.IsEmpty;

    /// <summary>Whether a field has been bad.</summary>
    public readonly bool Failed => failed;

    /// <summary>Marks the input as bad: for a rule that the field types cannot express.</summary>
    public void Fail() => failed = true;

    /// <summary>The head of an array that must have exactly <paramref name="count"/> values.</summary>
    public void Array(int count)
    {
        if (Count(count) != count)
            failed = true;
    }

    /// <summary>The head of an array of at most <paramref name="max"/> values.</summary>
    public int Count(int max)
    {
        var head = Byte();
        var count = head switch
        {
            >= 0x90 and <= 0x9f => (ulong)(head & 0x0f),
            0xdc => Shortest(U16(), 16),
            0xdd => Shortest(U32(), 1UL << 16),
            _ => Bad(),
        };
        return (int)AtMost(count, (ulong)max);
    }

    /// <summary>An unsigned integer of at most <paramref name="max"/>.</summary>
    public ulong UInt(ulong max = ulong.MaxValue)
    {
        var head = Byte();
        var value = head switch
        {
            < 0x80 => head,
            0xcc => Shortest(Byte(), 0x80),
            0xcd => Shortest(U16(), 1UL << 8),
            0xce => Shortest(U32(), 1UL << 16),
            0xcf => Shortest(U64(), 1UL << 32),
            _ => Bad(),
        };
        return AtMost(value, max);
    }

    /// <summary>An unsigned 32-bit integer of at most <paramref name="max"/>.</summary>
    public uint UInt32(uint max = uint.MaxValue) => (uint)UInt(max);

    /// <summary>A count or index of at most <paramref name="max"/>.</summary>
    public int Int32(int max = int.MaxValue) => (int)UInt((ulong)max);

    /// <summary>Whether the next value is nil; if so it is consumed.</summary>
    public bool TryNil()
    {
        if (failed || rest.IsEmpty || rest[0] != 0xc0)
            return false;
        rest = rest[1..];
        return true;
    }

    /// <summary>A byte string of at most <paramref name="max"/> bytes; the span points into the input.</summary>
    public ReadOnlySpan<byte> Bytes(int max)
    {
        var head = Byte();
        var length = head switch
        {
            0xc4 => Byte(),
            0xc5 => Shortest(U16(), 1UL << 8),
            0xc6 => Shortest(U32(), 1UL << 16),
            _ => Bad(),
        };
        return Take((int)AtMost(length, (ulong)max));
    }

    /// <summary>A byte string of exactly <paramref name="length"/> bytes, or an empty span after a failure.</summary>
    public ReadOnlySpan<byte> Fixed(int length)
    {
        var bytes = Bytes(length);
        if (bytes.Length == length)
            return bytes;
        failed = true;
        return default;
    }

    /// <summary>Whether a text is safe to show in a line of a log or of a terminal, whoever wrote it.</summary>
    public static bool IsLine(string text) => !text.Any(char.IsControl);

    /// <summary><see cref="Text"/> without control characters.</summary>
    public string Line(int maxBytes)
    {
        var text = Text(maxBytes);
        if (IsLine(text))
            return text;
        failed = true;
        return "";
    }

    /// <summary>Text of at most <paramref name="maxBytes"/> bytes of well-formed UTF-8.</summary>
    public string Text(int maxBytes)
    {
        var head = Byte();
        var length = head switch
        {
            >= 0xa0 and <= 0xbf => (ulong)(head & 0x1f),
            0xd9 => Shortest(Byte(), 32),
            0xda => Shortest(U16(), 1UL << 8),
            0xdb => Shortest(U32(), 1UL << 16),
            _ => Bad(),
        };
        var bytes = Take((int)AtMost(length, (ulong)maxBytes));
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            failed = true;
            return "";
        }
    }

    private ulong Shortest(ulong value, ulong atLeast) => value >= atLeast ? value : Bad();

    private ulong AtMost(ulong value, ulong max) => value <= max && !failed ? value : Bad();

    private ulong Bad()
    {
        failed = true;
        return 0;
    }

    private byte Byte() => Take(1) is [var b] ? b : (byte)0;

    private ushort U16() => Take(2) is { Length: 2 } b ? BinaryPrimitives.ReadUInt16BigEndian(b) : (ushort)0;

    private uint U32() => Take(4) is { Length: 4 } b ? BinaryPrimitives.ReadUInt32BigEndian(b) : 0;

    private ulong U64() => Take(8) is { Length: 8 } b ? BinaryPrimitives.ReadUInt64BigEndian(b) : 0;

    private ReadOnlySpan<byte> Take(int count)
    {
        if (failed || count > rest.Length)
        {
            failed = true;
            return default;
        }
        var taken = rest[..count];
        rest = rest[count..];
        return taken;
    }
}

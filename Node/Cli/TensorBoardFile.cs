using System.Buffers.Binary;
using System.Text;
using Ledger.Node.Storage;

namespace Ledger.Node.Cli;

/// <summary>
/// A file that TensorBoard reads: records of TFRecord (length, masked CRC-32C of it, content, masked CRC-32C of that),
/// each a protocol buffer <c>Event</c> of tensorflow/core/util/event.proto with one scalar <c>Summary.Value</c>.
/// </summary>
internal static class TensorBoardFile
{
    private const int WallTime = 1, Step = 2, FileVersion = 3, Summary = 5, SummaryValue = 1, Tag = 1, SimpleValue = 2;
    private const int Varint = 0, Fixed64 = 1, Delimited = 2, Fixed32 = 5;
    private const uint MaskDelta = 0xa282ead8;

    /// <summary>A number of a round; the time is Unix milliseconds.</summary>
    internal readonly record struct Scalar(string Name, uint Round, ulong Time, double Value);

    /// <summary>The whole file.</summary>
    internal static byte[] Write(ulong beganAt, IEnumerable<Scalar> scalars)
    {
        using var file = new MemoryStream();
        Record(file, [.. Seconds(beganAt), .. Text(FileVersion, "brain.Event:2")]);
        foreach (var scalar in scalars)
            Record(file, [.. Seconds(scalar.Time), Key(Step, Varint), .. Number(scalar.Round),
                .. Bytes(Summary, Bytes(SummaryValue, [.. Text(Tag, scalar.Name), .. Single(scalar.Value)]))]);
        return file.ToArray();
    }

    private static void Record(MemoryStream file, byte[] content)
    {
        Span<byte> length = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)content.Length);
        file.Write(length);
        file.Write(Mask(length));
        file.Write(content);
        file.Write(Mask(content));
    }

    // A checksum of content that holds its own checksums would be weak.
    private static byte[] Mask(ReadOnlySpan<byte> content)
    {
        var masked = new byte[sizeof(uint)];
        var crc = Crc32C.Of(content, []);
        BinaryPrimitives.WriteUInt32LittleEndian(masked, unchecked(((crc >> 15) | (crc << 17)) + MaskDelta));
        return masked;
    }

    private static byte[] Seconds(ulong milliseconds)
    {
        var bytes = new byte[1 + sizeof(double)];
        bytes[0] = Key(WallTime, Fixed64);
        BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(1), milliseconds / 1000.0);
        return bytes;
    }

    private static byte[] Single(double value)
    {
        var bytes = new byte[1 + sizeof(float)];
        bytes[0] = Key(SimpleValue, Fixed32);
        BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(1), (float)value);
        return bytes;
    }

    private static byte[] Text(int field, string text) => Bytes(field, Encoding.UTF8.GetBytes(text));

    private static byte[] Bytes(int field, byte[] content) =>
        [Key(field, Delimited), .. Number((uint)content.Length), .. content];

    private static byte Key(int field, int wireType) => (byte)((field << 3) | wireType);

    private static IEnumerable<byte> Number(uint value)
    {
        for (; value >= 0x80; value >>= 7)
            yield return (byte)(value & 0x7f | 0x80);
        yield return (byte)value;
    }
}

using System.Buffers.Binary;
using System.IO.Compression;

namespace Ledger.Node.Tests.Learning;

/// <summary>Writes a PNG of 8 bits a channel without filters (ISO/IEC 15948).</summary>
internal static class PngFile
{
    private const byte Grey = 0, Colour = 2;

    private static ReadOnlySpan<byte> Signature => [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Pixels row by row, one byte each, or three for a colour image.</summary>
    internal static byte[] Of(int height, int width, params byte[] pixels)
    {
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = 8;
        header[9] = pixels.Length == height * width ? Grey : Colour;
        using var packed = new MemoryStream();
        using (var stream = new ZLibStream(packed, CompressionMode.Compress, leaveOpen: true))
            foreach (var row in pixels.Chunk(pixels.Length / height))
                stream.Write([0, .. row]);
        return
            [.. Signature, .. Chunk("IHDR"u8, header), .. Chunk("IDAT"u8, packed.ToArray()), .. Chunk("IEND"u8, [])];
    }

    private static byte[] Chunk(ReadOnlySpan<byte> type, byte[] content)
    {
        var bytes = new byte[12 + content.Length];
        BinaryPrimitives.WriteInt32BigEndian(bytes, content.Length);
        type.CopyTo(bytes.AsSpan(4));
        content.CopyTo(bytes, 8);
        BinaryPrimitives.WriteUInt32BigEndian(
            bytes.AsSpan(8 + content.Length), Crc(bytes.AsSpan(4, 4 + content.Length)));
        return bytes;
    }

    // Annex D: the polynomial of Ethernet, bit by bit.
    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var each in bytes)
        {
            crc ^= each;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ ((crc & 1) * 0xEDB88320u);
        }
        return ~crc;
    }
}

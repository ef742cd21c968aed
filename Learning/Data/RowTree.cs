using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Ledger.Learning.Data;

/// <summary>SHA-256 Merkle root over rows in the shape of RFC 6962: leaf H(0x00 ‖ label ‖ features), node H(0x01 ‖ l
/// ‖ r), numbers little-endian; the last of an odd level moves up as it is.</summary>
internal static class RowTree
{
    internal static byte[] Root(IEnumerable<Dataset> parts)
    {
        var level = parts.SelectMany(part => Enumerable.Range(0, part.Rows).Select(row => Leaf(part, row))).ToList();
        while (level.Count > 1)
            level = [.. level.Chunk(2).Select(pair => pair.Length == 2 ? Node(pair[0], pair[1]) : pair[0])];
        return level.Count == 1 ? level[0] : SHA256.HashData([]);
    }

    /// <summary>What stands for a row: equal for equal rows alone.</summary>
    internal static byte[] Leaf(Dataset data, int row)
    {
        var bytes = new byte[1 + sizeof(int) + data.Inputs * sizeof(float)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(1), data.Labels[row]);
        FloatBytes.Write(data.Row(row), bytes.AsSpan(1 + sizeof(int)));
        return SHA256.HashData(bytes);
    }

    private static byte[] Node(byte[] left, byte[] right) => SHA256.HashData([0x01, .. left, .. right]);
}

/// <summary>float32 to and from little-endian bytes.</summary>
internal static class FloatBytes
{
    internal static void Write(ReadOnlySpan<float> values, Span<byte> target)
    {
        var words = MemoryMarshal.Cast<byte, int>(target);
        MemoryMarshal.Cast<float, int>(values).CopyTo(words);
        if (!BitConverter.IsLittleEndian)
            BinaryPrimitives.ReverseEndianness(words, words);
    }

    internal static void Read(ReadOnlySpan<byte> bytes, Span<float> target)
    {
        bytes.CopyTo(MemoryMarshal.AsBytes(target));
        var words = MemoryMarshal.Cast<float, int>(target);
        if (!BitConverter.IsLittleEndian)
            BinaryPrimitives.ReverseEndianness(words, words);
    }
}

using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Ledger.Learning.Aggregation;

/// <summary>The blob of canonical parameters: "LPR1", count as u32, then count int32 in Q7.24, all
/// little-endian.</summary>
public static class Parameters
{
    private const int HeaderSize = 8;

    private static ReadOnlySpan<byte> Magic => "LPR1"u8;

    public static byte[] Encode(ReadOnlySpan<int> parameters)
    {
        var blob = new byte[HeaderSize + parameters.Length * sizeof(int)];
        Magic.CopyTo(blob);
        BinaryPrimitives.WriteInt32LittleEndian(blob.AsSpan(4), parameters.Length);
        var body = MemoryMarshal.Cast<byte, int>(blob.AsSpan(HeaderSize));
        parameters.CopyTo(body);
        if (!BitConverter.IsLittleEndian)
            BinaryPrimitives.ReverseEndianness(body, body);
        return blob;
    }

    /// <summary>How many parameters a blob of this length holds, if it is one.</summary>
    public static int CountIn(ReadOnlySpan<byte> blob) => Math.Max(0, blob.Length - HeaderSize) / sizeof(int);

    /// <summary>Accepts exactly the blobs that <see cref="Encode"/> makes of <paramref name="count"/>
    /// parameters.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> blob, int count, [NotNullWhen(true)] out int[]? parameters)
    {
        parameters = null;
        if (count is < 1 or > Limits.Parameters || blob.Length != HeaderSize + (long)count * sizeof(int))
            return false;
        if (!blob.StartsWith(Magic) || BinaryPrimitives.ReadInt32LittleEndian(blob[4..]) != count)
            return false;

        parameters = MemoryMarshal.Cast<byte, int>(blob[HeaderSize..]).ToArray();
        if (!BitConverter.IsLittleEndian)
            BinaryPrimitives.ReverseEndianness(parameters, parameters);
        return true;
    }
}

using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Ledger.Learning.Aggregation;

/// <summary>
/// The values of an update as bytes. int8: one a byte. int4: two a byte, the first in the low half, two's complement.
/// Sparse: their number as u32 little-endian, the Golomb-Rice code of the gaps between their places (Golomb, 1966;
/// Rice and Plaunt, 1971), then a byte each; values that travel are not zero. Decoding is shifts and adds, and each
/// update has one encoding.
/// </summary>
internal static class UpdateBody
{
    private const int NibbleBits = 4, CountBytes = 4;

    internal static byte[] Encode(ReadOnlySpan<sbyte> values, UpdateFormat format) => format switch
    {
        UpdateFormat.Int8 => MemoryMarshal.AsBytes(values).ToArray(),
        UpdateFormat.Int4 => Nibbles(values),
        _ => Sparse(values, format.RiceBits()),
    };

    /// <summary>The values, zero where none travelled; null for what <see cref="Encode"/> does not make.</summary>
    internal static sbyte[]? Decode(ReadOnlySpan<byte> body, int count, UpdateFormat format)
    {
        var values = format switch
        {
            UpdateFormat.Int8 => body.Length == count ? MemoryMarshal.Cast<byte, sbyte>(body).ToArray() : null,
            UpdateFormat.Int4 => FromNibbles(body, count),
            _ => FromSparse(body, count, format),
        };
        return values.AsSpan().ContainsAnyExceptInRange((sbyte)-format.Largest(), (sbyte)format.Largest())
            ? null
            : values;
    }

    private static byte[] Nibbles(ReadOnlySpan<sbyte> values)
    {
        var body = new byte[(values.Length + 1) / 2];
        for (var k = 0; k < values.Length; k++)
            body[k / 2] |= (byte)((values[k] & 0xF) << (k % 2 * NibbleBits));
        return body;
    }

    private static sbyte[]? FromNibbles(ReadOnlySpan<byte> body, int count)
    {
        if (body.Length != (count + 1) / 2 || (count % 2 == 1 && body[^1] >> NibbleBits != 0))
            return null;
        var values = new sbyte[count];
        for (var k = 0; k < count; k++)
            values[k] = (sbyte)(unchecked((sbyte)(body[k / 2] << ((1 - k % 2) * NibbleBits))) >> NibbleBits);
        return values;
    }

    private static byte[] Sparse(ReadOnlySpan<sbyte> values, int riceBits)
    {
        var (bits, kept, last) = (new BitWriter(), new List<sbyte>(), -1);
        for (var k = 0; k < values.Length; k++)
            if (values[k] != 0)
            {
                bits.Rice(k - last - 1, riceBits);
                kept.Add(values[k]);
                last = k;
            }

        var head = new byte[CountBytes];
        BinaryPrimitives.WriteInt32LittleEndian(head, kept.Count);
        return [.. head, .. bits.ToArray(), .. MemoryMarshal.AsBytes<sbyte>(kept.ToArray())];
    }

    private static sbyte[]? FromSparse(ReadOnlySpan<byte> body, int count, UpdateFormat format)
    {
        if (body.Length < CountBytes)
            return null;
        var kept = BinaryPrimitives.ReadInt32LittleEndian(body);
        if (kept < 0 || kept > format.Kept(count) || body.Length < CountBytes + kept)
            return null;
        var bits = new BitReader(body[CountBytes..^kept]);
        var (values, place) = (new sbyte[count], -1);
        foreach (var value in body[^kept..])
        {
            // The gap is below count, so the sum does not overflow.
            place += bits.Rice(format.RiceBits(), count) + 1;
            if (bits.Failed || place >= count || value == 0)
                return null;
            values[place] = unchecked((sbyte)value);
        }

        return bits.IsAtEnd ? values : null;
    }
}

using System.Buffers.Binary;

namespace Ledger.Node.Storage;

/// <summary>
/// The form of one record in a <see cref="RecordLog"/>: length (u32, little endian), CRC-32C of length and payload
/// (u32, little endian), payload. A payload has at least one byte, so that zeros are never a record.
/// </summary>
internal static class Record
{
    internal const int HeaderSize = 8;

    /// <summary>The largest payload: a proposal with its block, and room to spare.</summary>
    internal const int MaxPayload = 16 << 20;

    private const int LengthSize = 4;

    internal static byte[] Encode(ReadOnlySpan<byte> payload)
    {
        if (payload.Length is 0 or > MaxPayload)
            throw new ArgumentException($"a record has 1 to {MaxPayload} bytes, not {payload.Length}", nameof(payload));
        var record = new byte[HeaderSize + payload.Length];
        BinaryPrimitives.WriteInt32LittleEndian(record, payload.Length);
        var crc = Crc32C.Of(record.AsSpan(0, LengthSize), payload);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(LengthSize), crc);
        payload.CopyTo(record.AsSpan(HeaderSize));
        return record;
    }

    /// <summary>Reads the record that <paramref name="log"/> starts with; false if it is cut short or wrong.</summary>
    internal static bool TryDecode(ReadOnlySpan<byte> log, out ReadOnlySpan<byte> payload)
    {
        payload = default;
        if (!TryLength(log, out var length))
            return false;
        payload = log.Slice(HeaderSize, length);
        return Crc32C.Of(log[..LengthSize], payload) == BinaryPrimitives.ReadUInt32LittleEndian(log[LengthSize..]);
    }

    /// <summary>The length of the payload, if a whole record could be here.</summary>
    internal static bool TryLength(ReadOnlySpan<byte> log, out int length)
    {
        length = log.Length > HeaderSize ? BinaryPrimitives.ReadInt32LittleEndian(log) : 0;
        return length is > 0 and <= MaxPayload && length <= log.Length - HeaderSize;
    }
}

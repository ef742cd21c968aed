using System.Buffers.Binary;

namespace Ledger.Node.Storage;

/// <summary>
/// A slot of the sign guard's file: number, length, content, zeros, checksum; twice, so that one bad sector does not
/// make a validator forget what it signed.
/// </summary>
internal static class GuardSlot
{
    /// <summary>Bytes of a slot: two copies of a disk sector each.</summary>
    internal const int Bytes = 2 * CopyBytes;

    /// <summary>Bytes of content: a signed message has some 200.</summary>
    internal const int ContentBytesMax = CopyBytes - HeadBytes - sizeof(uint);

    private const int CopyBytes = 512, HeadBytes = sizeof(ulong) + sizeof(uint);

    internal static byte[] Encode(ulong number, ReadOnlySpan<byte> content)
    {
        if (content.Length > ContentBytesMax)
            throw new ArgumentException($"a slot holds {ContentBytesMax} bytes, not {content.Length}", nameof(content));
        var slot = new byte[Bytes];
        var copy = slot.AsSpan(0, CopyBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(copy, number);
        BinaryPrimitives.WriteInt32LittleEndian(copy[sizeof(ulong)..], content.Length);
        content.CopyTo(copy[HeadBytes..]);
        BinaryPrimitives.WriteUInt32LittleEndian(copy[^sizeof(uint)..], Crc32C.Of(copy[..^sizeof(uint)], []));
        copy.CopyTo(slot.AsSpan(CopyBytes));
        return slot;
    }

    /// <summary>What either copy holds; false where neither is whole.</summary>
    internal static bool TryDecode(ReadOnlySpan<byte> slot, out ulong number, out byte[] content) =>
        TryDecodeCopy(slot[..CopyBytes], out number, out content)
        || TryDecodeCopy(slot[CopyBytes..Bytes], out number, out content);

    private static bool TryDecodeCopy(ReadOnlySpan<byte> copy, out ulong number, out byte[] content)
    {
        number = BinaryPrimitives.ReadUInt64LittleEndian(copy);
        var length = BinaryPrimitives.ReadInt32LittleEndian(copy[sizeof(ulong)..]);
        var good = length is >= 0 and <= ContentBytesMax
            && BinaryPrimitives.ReadUInt32LittleEndian(copy[^sizeof(uint)..])
                == Crc32C.Of(copy[..^sizeof(uint)], []);
        content = good ? copy.Slice(HeadBytes, length).ToArray() : [];
        return good;
    }
}

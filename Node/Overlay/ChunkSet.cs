using System.Numerics;
using Ledger.Consensus.Codec;

namespace Ledger.Node.Overlay;

/// <summary>
/// Which chunks of a blob somebody holds. On the wire: bytes from the lowest bit on, without zero bytes at the end, so
/// that a set has one encoding; the largest takes 256 bytes.
/// </summary>
internal sealed class ChunkSet
{
    private const int BytesMax = Limits.BlobChunksMax / 8;

    private readonly byte[] bits = new byte[BytesMax];

    /// <summary>How many chunks are in it.</summary>
    internal int Count { get; private set; }

    /// <summary>All chunks of a blob that has so many.</summary>
    internal static ChunkSet Full(int count)
    {
        var full = new ChunkSet();
        for (var i = 0; i < count; i++)
            full.Add(i);
        return full;
    }

    internal ChunkSet Copy()
    {
        var copy = new ChunkSet { Count = Count };
        bits.CopyTo(copy.bits, 0);
        return copy;
    }

    internal bool Has(int chunk) => (bits[chunk >> 3] & 1 << (chunk & 7)) != 0;

    /// <summary>Whether the chunk is new; it is in the set from now on.</summary>
    internal bool Add(int chunk)
    {
        if (Has(chunk))
            return false;
        bits[chunk >> 3] |= (byte)(1 << (chunk & 7));
        Count++;
        return true;
    }

    internal bool Remove(int chunk)
    {
        if (!Has(chunk))
            return false;
        bits[chunk >> 3] ^= (byte)(1 << (chunk & 7));
        Count--;
        return true;
    }

    /// <summary>The chunk with the highest number; -1 where there is none.</summary>
    internal int Last
    {
        get
        {
            var bytes = bits.AsSpan().TrimEnd((byte)0);
            return bytes.IsEmpty ? -1 : bytes.Length * 8 - 1 - (BitOperations.LeadingZeroCount(bytes[^1]) - 24);
        }
    }

    internal void Write(Writer writer) => writer.Bytes(bits.AsSpan().TrimEnd((byte)0));

    internal static ChunkSet Read(ref Reader reader)
    {
        var sent = reader.Bytes(BytesMax);
        if (sent is [.., 0])
            reader.Fail();
        var set = new ChunkSet();
        sent.CopyTo(set.bits);
        foreach (var part in sent)
            set.Count += BitOperations.PopCount(part);
        return set;
    }
}

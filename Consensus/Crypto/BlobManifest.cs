using System.Buffers.Binary;
using System.Collections.Immutable;
using Ledger.Consensus.Codec;

namespace Ledger.Consensus.Crypto;

/// <summary>
/// What a blob's id stands for: SHA-256(0x02 ‖ length u64 big-endian ‖ root), where the root is that of the Merkle tree
/// (<see cref="Merkle"/>) over its chunks. Chunks are 64 KiB, or as many powers of two more as keep them to 2,048; only
/// the last is shorter. Whoever holds the hashes of the chunks can check each chunk by itself, in any order, and the
/// length in the id leaves one way to cut a content.
/// </summary>
public sealed class BlobManifest
{
    private const byte IdPrefix = 0x02;

    private BlobManifest(long length, ImmutableArray<Digest> leaves)
    {
        (Length, Leaves, ChunkBytes) = (length, leaves, ChunkBytesOf(length));
        Span<byte> content = stackalloc byte[sizeof(ulong) + Digest.Size];
        BinaryPrimitives.WriteInt64BigEndian(content, length);
        Merkle.Root(leaves.AsSpan()).Value.CopyTo(content[sizeof(ulong)..]);
        Id = Sha256.HashPrefixed(IdPrefix, content);
    }

    /// <summary>The blob's id.</summary>
    public Digest Id { get; }

    /// <summary>Bytes of the whole blob.</summary>
    public long Length { get; }

    /// <summary>Bytes of each chunk but the last.</summary>
    public int ChunkBytes { get; }

    /// <summary>The leaf hashes of the chunks, in order.</summary>
    public ImmutableArray<Digest> Leaves { get; }

    /// <summary>How many chunks there are; none in an empty blob.</summary>
    public int Count => Leaves.Length;

    /// <summary>The manifest of a content that is here.</summary>
    public static BlobManifest Of(ReadOnlySpan<byte> content)
    {
        var (length, size) = (content.Length, ChunkBytesOf(content.Length));
        var leaves = ImmutableArray.CreateBuilder<Digest>(CountOf(length));
        for (var from = 0; from < length; from += size)
            leaves.Add(Merkle.Leaf(content[from..Math.Min(from + size, length)]));
        return new(length, leaves.ToImmutable());
    }

    /// <summary>What somebody says of a blob; null where so many hashes are not those of such a length.</summary>
    public static BlobManifest? Of(long length, ImmutableArray<Digest> leaves) =>
        length is >= 0 and <= Limits.BlobBytesMax && leaves.Length == CountOf(length) ? new(length, leaves) : null;

    /// <summary>Bytes of each chunk but the last, of a blob of so many bytes.</summary>
    public static int ChunkBytesOf(long length)
    {
        var size = Limits.ChunkBytesMin;
        while ((long)size * Limits.BlobChunksMax < length)
            size *= 2;
        return size;
    }

    /// <summary>Chunks of a blob of so many bytes.</summary>
    public static int CountOf(long length) => (int)((length + ChunkBytesOf(length) - 1) / ChunkBytesOf(length));

    /// <summary>Bytes of one chunk.</summary>
    public int LengthOf(int index) => (int)Math.Min(ChunkBytes, Length - (long)index * ChunkBytes);

    /// <summary>Whether this is the chunk of that place: the only check that a chunk needs.</summary>
    public bool Fits(int index, ReadOnlySpan<byte> chunk) =>
        index >= 0 && index < Count && chunk.Length == LengthOf(index) && Merkle.Leaf(chunk) == Leaves[index];

    /// <summary>Writes two fields: the length, and the hashes one after the other.</summary>
    public void Write(Writer writer)
    {
        var hashes = new byte[Count * Digest.Size];
        for (var i = 0; i < Count; i++)
            Leaves[i].Value.CopyTo(hashes.AsSpan(i * Digest.Size));
        writer.UInt((ulong)Length).Bytes(hashes);
    }

    /// <summary>The manifest that two fields tell; null, and the reader failed, where they tell none.</summary>
    public static BlobManifest? Read(ref Reader reader)
    {
        var length = reader.Int32(Limits.BlobBytesMax);
        var hashes = reader.Bytes(Limits.BlobChunksMax * Digest.Size);
        var leaves = ImmutableArray.CreateBuilder<Digest>(hashes.Length / Digest.Size);
        for (; hashes.Length >= Digest.Size; hashes = hashes[Digest.Size..])
            leaves.Add(Digest.From(hashes[..Digest.Size]));
        var blob = reader.Failed || !hashes.IsEmpty ? null : Of(length, leaves.ToImmutable());
        if (blob is null)
            reader.Fail();
        return blob;
    }
}

using System.Diagnostics.CodeAnalysis;
using Ledger.Consensus.Codec;

namespace Ledger.Consensus.Crypto;

/// <summary>A SHA-256 digest. Each kind of object is hashed under its own tag, so no two kinds can collide.</summary>
public readonly record struct Digest(Bytes32 Value) : IComparable<Digest>
{
    /// <summary>Length in bytes.</summary>
    public const int Size = Bytes32.Size;

    /// <summary>The digest whose bytes are given.</summary>
    public static Digest From(ReadOnlySpan<byte> bytes) => new(Bytes32.From(bytes));

    /// <summary>SHA-256 of <paramref name="content"/> without a tag, as any tool computes it.</summary>
    public static Digest OfBytes(ReadOnlySpan<byte> content) => Sha256.Hash(content);

    /// <summary>The id of a blob: see <see cref="BlobManifest"/>.</summary>
    public static Digest OfBlob(ReadOnlySpan<byte> content) => BlobManifest.Of(content).Id;

    /// <summary>SHA-256(SHA-256(tag) ‖ SHA-256(tag) ‖ content), the tagged hash of BIP 340.</summary>
    public static Digest Of(string tag, ReadOnlySpan<byte> content) => Sha256.HashTagged(tag, content);

    /// <summary>The digest written as 64 hexadecimal digits.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out Digest? digest)
    {
        var bytes = new byte[Size];
        var good = text.Length == 2 * Size
            && Convert.FromHexString(text, bytes, out _, out var written) == System.Buffers.OperationStatus.Done
            && written == Size;
        digest = good ? From(bytes) : null;
        return good;
    }

    /// <summary>The 32 bytes in a new array.</summary>
    public byte[] ToArray() => Value.ToArray();

    /// <summary>The first eight hexadecimal digits: enough to tell digests apart on a screen.</summary>
    public string Short => ToString()[..8];

    /// <inheritdoc/>
    public int CompareTo(Digest other) => Value.CompareTo(other.Value);

    /// <summary>All 64 hexadecimal digits.</summary>
    public override string ToString() => Value.ToString();

    public static bool operator <(Digest left, Digest right) => left.CompareTo(right) < 0;

    public static bool operator >(Digest left, Digest right) => left.CompareTo(right) > 0;

    public static bool operator <=(Digest left, Digest right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Digest left, Digest right) => left.CompareTo(right) >= 0;
}

/// <summary>How values made of 32 bytes travel.</summary>
public static class DigestCodec
{
    public static Writer Digest(this Writer writer, Digest digest)
    {
        Span<byte> bytes = stackalloc byte[Crypto.Digest.Size];
        digest.Value.CopyTo(bytes);
        return writer.Bytes(bytes);
    }

    public static Writer DigestOrNil(this Writer writer, Digest? digest) =>
        digest is { } present ? writer.Digest(present) : writer.Nil();

    public static Digest Digest(this ref Reader reader) =>
        reader.Fixed(Crypto.Digest.Size) is { Length: Crypto.Digest.Size } bytes ? Crypto.Digest.From(bytes) : default;

    public static Digest? DigestOrNil(this ref Reader reader) => reader.TryNil() ? null : reader.Digest();
}

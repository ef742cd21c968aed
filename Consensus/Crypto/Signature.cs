using Ledger.Consensus.Codec;

namespace Ledger.Consensus.Crypto;

/// <summary>A BIP 340 Schnorr signature: 64 bytes.</summary>
public readonly record struct Signature(Bytes32 R, Bytes32 S)
{
    /// <summary>Length in bytes.</summary>
    public const int Size = 64;

    public static Signature From(ReadOnlySpan<byte> bytes) => new(Bytes32.From(bytes[..32]), Bytes32.From(bytes[32..]));

    /// <summary>The 64 bytes in a new array.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[Size];
        CopyTo(bytes);
        return bytes;
    }

    /// <summary>Writes the 64 bytes to the start of <paramref name="target"/>.</summary>
    public void CopyTo(Span<byte> target)
    {
        R.CopyTo(target);
        S.CopyTo(target[Bytes32.Size..]);
    }

    public override string ToString() => R.ToString() + S.ToString();
}

/// <summary>How signatures travel.</summary>
public static class SignatureCodec
{
    public static Writer Signature(this Writer writer, Signature signature)
    {
        Span<byte> bytes = stackalloc byte[Crypto.Signature.Size];
        signature.CopyTo(bytes);
        return writer.Bytes(bytes);
    }

    public static Signature Signature(this ref Reader reader) =>
        reader.Fixed(Crypto.Signature.Size) is { Length: Crypto.Signature.Size } bytes
            ? Crypto.Signature.From(bytes)
            : default;
}

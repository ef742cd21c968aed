using Ledger.Consensus.Codec;

namespace Ledger.Consensus.Crypto;

/// <summary>A BIP 340 Schnorr signature: 64 bytes.</summary>
public readonly record struct Signature(Bytes32 R, Bytes32 S)
{
    /// <summary>Length in bytes.</summary>
    public const int Size = 64;

    public static Signature From(ReadOnlySpan<byte> bytes) => new(Bytes32.From(bytes[..32]), Bytes32.From(bytes[32..]));

    public byte[] ToArray() => [.. R.ToArray(), .. S.ToArray()];

    public override string ToString() => R.ToString() + S.ToString();
}

/// <summary>How signatures travel.</summary>
public static class SignatureCodec
{
    public static Writer Signature(this Writer writer, Signature signature) => writer.Bytes(signature.ToArray());

    public static Signature Signature(this ref Reader reader) =>
        reader.Fixed(Crypto.Signature.Size) is { Length: Crypto.Signature.Size } bytes
            ? Crypto.Signature.From(bytes)
            : default;
}

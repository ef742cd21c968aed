using Ledger.Consensus.Codec;

namespace Ledger.Consensus.Crypto;

/// <summary>An x-only public key on secp256k1 (BIP 340): 32 bytes that need not be a point of the curve.</summary>
public readonly record struct PublicKey(Bytes32 Value) : IComparable<PublicKey>
{
    /// <summary>Length in bytes.</summary>
    public const int Size = Bytes32.Size;

    public static PublicKey From(ReadOnlySpan<byte> bytes) => new(Bytes32.From(bytes));

    /// <summary>Whether <paramref name="signature"/> is this key's on <paramref name="message"/>.</summary>
    public bool Verify(Digest message, Signature signature)
    {
        var name = VerifiedSignatures.NameOf(this, message, signature);
        if (VerifiedSignatures.Contains(name))
            return true;
        var good = Secp256k1.Verify(Value.ToArray(), message.ToArray(), signature.ToArray());
        if (good)
            VerifiedSignatures.Add(name);
        return good;
    }

    public byte[] ToArray() => Value.ToArray();

    /// <inheritdoc/>
    public int CompareTo(PublicKey other) => Value.CompareTo(other.Value);

    public override string ToString() => Value.ToString();

    public static bool operator <(PublicKey left, PublicKey right) => left.CompareTo(right) < 0;

    public static bool operator >(PublicKey left, PublicKey right) => left.CompareTo(right) > 0;

    public static bool operator <=(PublicKey left, PublicKey right) => left.CompareTo(right) <= 0;

    public static bool operator >=(PublicKey left, PublicKey right) => left.CompareTo(right) >= 0;
}

/// <summary>How public keys travel.</summary>
public static class PublicKeyCodec
{
    public static Writer PublicKey(this Writer writer, PublicKey key)
    {
        Span<byte> bytes = stackalloc byte[Crypto.PublicKey.Size];
        key.Value.CopyTo(bytes);
        return writer.Bytes(bytes);
    }

    public static PublicKey PublicKey(this ref Reader reader) =>
        reader.Fixed(Crypto.PublicKey.Size) is { Length: Crypto.PublicKey.Size } bytes
            ? Crypto.PublicKey.From(bytes)
            : default;
}

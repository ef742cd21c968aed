using System.Security.Cryptography;
using System.Text;

namespace Ledger.Consensus.Crypto;

/// <summary>
/// A secret key on secp256k1: signs by BIP 340 and agrees on secrets by ECDH. It never prints itself, and its bytes
/// are zeroed when it is disposed of.
/// </summary>
public sealed class SecretKey : IDisposable
{
    /// <summary>Length in bytes.</summary>
    public const int Size = 32;

    /// <summary>Length of a compressed public key in bytes.</summary>
    public const int CompressedSize = 33;

    private const byte OddPrefix = 3;

    private readonly byte[] secret;

    // Half the cost of a signature is to find the public key again; a key that only agrees on secrets needs no pair.
    private readonly Lazy<byte[]> pair;

    private bool isDisposed;

    private SecretKey(byte[] secret, PublicKey publicKey)
    {
        (this.secret, PublicKey) = (secret, publicKey);
        pair = new(MakePair);
    }

    /// <summary>The x-only public key.</summary>
    public PublicKey PublicKey { get; }

    /// <summary>The key of these 32 bytes, or null where they are zero or not below the group order.</summary>
    public static SecretKey? From(ReadOnlySpan<byte> secret)
    {
        if (secret.Length != Size)
            return null;
        Span<byte> compressed = stackalloc byte[CompressedSize];
        var own = secret.ToArray();
        if (!Secp256k1.TryCompressedKey(own, compressed))
            return null;
        // Of the two keys with one x-only public key keep the one with the even point, as BIP 340 does in signing;
        // otherwise ECDH with a key known by its x alone would give two different secrets.
        if (compressed[0] == OddPrefix)
            Secp256k1.Negate(own);
        return new(own, PublicKey.From(compressed[1..]));
    }

    /// <summary>
    /// A key of its own for another purpose: nobody can tell from the public keys that the two belong together.
    /// </summary>
    public SecretKey Derive(string purpose)
    {
        var derived = HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes(purpose));
        var key = From(derived)
            ?? throw new CryptographicException("a derived key is out of range; this has odds of 1 in 2^127");
        CryptographicOperations.ZeroMemory(derived);
        return key;
    }

    /// <summary>Signs a digest. Deterministic: BIP 340 with auxiliary randomness of zeros.</summary>
    public Signature Sign(Digest message)
    {
        // The library ends the process where it is given a pair of zeros.
        ObjectDisposedException.ThrowIf(isDisposed, this);
        Span<byte> signature = stackalloc byte[Signature.Size];
        Span<byte> auxiliary = stackalloc byte[Bytes32.Size];
        auxiliary.Clear();
        if (!Secp256k1.TrySign(pair.Value, message.ToArray(), auxiliary, signature))
            throw new CryptographicException("signing failed although the key is in range");
        var signed = Signature.From(signature);
        // It comes back in certificates and blocks, and whoever checks those need not check our own.
        VerifiedSignatures.Add(VerifiedSignatures.NameOf(PublicKey, message, signed));
        return signed;
    }

    /// <summary>The 33-byte compressed public key, as Noise handshakes send it: 0x02 and the x-only key.</summary>
    public byte[] CompressedPublicKey()
    {
        var compressed = new byte[CompressedSize];
        Secp256k1.TryCompressedKey(secret, compressed);
        return compressed;
    }

    /// <summary>
    /// SHA-256 of the compressed shared point (the ECDH of Lightning BOLT 8), or null for a key that is no point.
    /// </summary>
    public byte[]? SharedSecret(ReadOnlySpan<byte> compressedPublicKey)
    {
        var shared = new byte[32];
        return Secp256k1.TryEcdh(secret, compressedPublicKey, shared) ? shared : null;
    }

    /// <summary>A copy of the secret bytes, for the one who stores them.</summary>
    public byte[] Export() => (byte[])secret.Clone();

    public void Dispose()
    {
        isDisposed = true;
        CryptographicOperations.ZeroMemory(secret);
        if (pair.IsValueCreated)
            CryptographicOperations.ZeroMemory(pair.Value);
    }

    private byte[] MakePair()
    {
        var made = new byte[Secp256k1.KeyPairBytes];
        return Secp256k1.TryKeyPair(secret, made)
            ? made
            : throw new CryptographicException("no key pair although the key is in range");
    }
}

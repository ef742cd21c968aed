using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Ledger.Node.Transport;

/// <summary>The symmetric state of a Noise handshake (noiseprotocol.org revision 34, section 5.2) for
/// ChaCha20-Poly1305 and SHA-256: a chaining key and a hash of everything that was said.</summary>
internal sealed class NoiseState
{
    internal const int TagBytes = 16;
    private const int HashBytes = 32;

    private readonly byte[] chainingKey;
    private readonly byte[] hash;
    private readonly byte[] key = new byte[HashBytes];
    private ulong nonce;

    internal NoiseState(string protocol, ReadOnlySpan<byte> prologue)
    {
        // Names longer than a hash are hashed; ours is.
        hash = SHA256.HashData(Encoding.ASCII.GetBytes(protocol));
        chainingKey = (byte[])hash.Clone();
        MixHash(prologue);
    }

    private NoiseState(NoiseState other) => (chainingKey, hash, key, nonce) =
        ((byte[])other.chainingKey.Clone(), (byte[])other.hash.Clone(), (byte[])other.key.Clone(), other.nonce);

    /// <summary>A copy to read a message with: a forged one must not spoil the state for the true one.</summary>
    internal NoiseState Fork() => new(this);

    internal void MixHash(ReadOnlySpan<byte> data)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sha.AppendData(hash);
        sha.AppendData(data);
        sha.GetHashAndReset(hash);
    }

    internal void MixKey(ReadOnlySpan<byte> secret)
    {
        var (next, fresh) = Expand(secret);
        next.CopyTo(chainingKey);
        fresh.CopyTo(key);
        nonce = 0;
    }

    /// <summary>Writes ciphertext and tag: <see cref="TagBytes"/> more than the plaintext.</summary>
    internal void EncryptAndHash(ReadOnlySpan<byte> plaintext, Span<byte> target)
    {
        using var aead = new ChaCha20Poly1305(key);
        var sealedText = target[..(plaintext.Length + TagBytes)];
        aead.Encrypt(NextNonce(), plaintext, sealedText[..^TagBytes], sealedText[^TagBytes..], hash);
        MixHash(sealedText);
    }

    /// <summary>Reads ciphertext and tag; false where they were not made with our key and transcript.</summary>
    internal bool TryDecryptAndHash(ReadOnlySpan<byte> sealedText, Span<byte> plaintext)
    {
        using var aead = new ChaCha20Poly1305(key);
        try
        {
            aead.Decrypt(NextNonce(), sealedText[..^TagBytes], sealedText[^TagBytes..], plaintext, hash);
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
        MixHash(sealedText);
        return true;
    }

    /// <summary>The two keys of the transport: initiator to responder, and back.</summary>
    internal (byte[] Forth, byte[] Back) Split() => Expand([]);

    private (byte[] First, byte[] Second) Expand(ReadOnlySpan<byte> secret)
    {
        // By hand, because the library's HKDF refuses the empty secret of Split with some versions of OpenSSL.
        var extracted = HMACSHA256.HashData(chainingKey, secret);
        var first = HMACSHA256.HashData(extracted, (byte[])[1]);
        return (first, HMACSHA256.HashData(extracted, (byte[])[.. first, 2]));
    }

    private byte[] NextNonce()
    {
        var bytes = new byte[12];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(4), nonce++);
        return bytes;
    }
}

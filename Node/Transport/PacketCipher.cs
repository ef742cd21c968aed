using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Ledger.Node.Transport;

/// <summary>
/// Seals or opens data packets with one key of one direction: AES-256-GCM where both sides have it in hardware, else
/// ChaCha20-Poly1305. The nonce is the packet number over a secret start (RFC 9001 section 5.3).
/// </summary>
internal sealed class PacketCipher : IDisposable
{
    private const int KeyBytes = 32, NonceBytes = 12;

    private readonly AesGcm? aes;
    private readonly ChaCha20Poly1305? chacha;
    private readonly byte[] initial = new byte[NonceBytes];
    private readonly byte[] successor;

    internal PacketCipher(byte[] secret, Capabilities agreed)
    {
        var derived = Expand(secret, KeyBytes + NonceBytes, "ledger data"u8);
        if (agreed.HasFlag(Capabilities.Aes256Gcm))
            aes = new(derived.AsSpan(0, KeyBytes), DataPacket.TagBytes);
        else
            chacha = new(derived.AsSpan(0, KeyBytes));
        derived.AsSpan(KeyBytes).CopyTo(initial);
        successor = Expand(secret, KeyBytes, "ledger ku"u8);
        CryptographicOperations.ZeroMemory(derived);
        CryptographicOperations.ZeroMemory(secret);
    }

    /// <summary>What this machine can do.</summary>
    internal static Capabilities Supported => AesGcm.IsSupported ? Capabilities.Aes256Gcm : Capabilities.None;

    /// <summary>The cipher of the next key; the one before it cannot be found from it.</summary>
    internal PacketCipher Next() =>
        new((byte[])successor.Clone(), aes is null ? Capabilities.None : Capabilities.Aes256Gcm);

    /// <summary>Encrypts in place the frames between header and tag of <paramref name="packet"/>.</summary>
    internal void Seal(Span<byte> packet, long number)
    {
        Span<byte> nonce = stackalloc byte[NonceBytes];
        Nonce(number, nonce);
        var frames = packet[DataPacket.HeaderBytes..^DataPacket.TagBytes];
        var header = packet[..DataPacket.HeaderBytes];
        var tag = packet[^DataPacket.TagBytes..];
        if (aes is not null)
            aes.Encrypt(nonce, frames, frames, tag, header);
        else
            chacha!.Encrypt(nonce, frames, frames, tag, header);
    }

    internal bool TryOpen(ReadOnlySpan<byte> packet, long number, Span<byte> frames)
    {
        Span<byte> nonce = stackalloc byte[NonceBytes];
        Nonce(number, nonce);
        var body = packet[DataPacket.HeaderBytes..^DataPacket.TagBytes];
        var header = packet[..DataPacket.HeaderBytes];
        var tag = packet[^DataPacket.TagBytes..];
        try
        {
            if (aes is not null)
                aes.Decrypt(nonce, body, tag, frames, header);
            else
                chacha!.Decrypt(nonce, body, tag, frames, header);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        aes?.Dispose();
        chacha?.Dispose();
        CryptographicOperations.ZeroMemory(successor);
    }

    private static byte[] Expand(byte[] secret, int length, ReadOnlySpan<byte> info)
    {
        var derived = new byte[length];
        HKDF.Expand(HashAlgorithmName.SHA256, secret, derived, info);
        return derived;
    }

    private void Nonce(long number, Span<byte> nonce)
    {
        initial.CopyTo(nonce);
        var low = nonce[4..];
        BinaryPrimitives.WriteInt64BigEndian(low, BinaryPrimitives.ReadInt64BigEndian(low) ^ number);
    }
}

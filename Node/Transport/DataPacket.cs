using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Ledger.Node.Transport;

/// <summary>
/// DATA, the packet of a connection: 0 type | 1 receiver's connection id 4 | 5 low half of the packet number 4 |
/// 9 sealed frames | tag 16. The header is authenticated with the frames.
/// </summary>
internal static class DataPacket
{
    internal const int HeaderBytes = 9, TagBytes = 16;
    internal const int FrameBytesMax = TransportLimits.DatagramBytesMax - HeaderBytes - TagBytes;

    internal static uint ConnectionId(ReadOnlySpan<byte> packet) => BinaryPrimitives.ReadUInt32BigEndian(packet[1..]);

    internal static void WriteHeader(Span<byte> packet, uint connectionId, long number)
    {
        var writer = new PacketWriter(packet);
        writer.U8(PacketType.Data);
        writer.U32(connectionId);
        writer.U32((uint)(number & uint.MaxValue));
    }

    /// <summary>The whole packet number: the one nearest to the next expected with the low half that was
    /// sent.</summary>
    internal static long Number(ReadOnlySpan<byte> packet, long highest)
    {
        const long period = 1L << 32;
        long low = BinaryPrimitives.ReadUInt32BigEndian(packet[5..]);
        var expected = highest + 1;
        var number = (expected & ~(period - 1)) | low;
        if (number > expected + period / 2 && number >= period)
            return number - period;
        return number <= expected - period / 2 ? number + period : number;
    }
}

/// <summary>
/// Seals or opens the data packets of one direction. ChaCha20-Poly1305 has no bound on packets per key that a
/// connection could reach (RFC 9001 section 6.6), so keys are never changed; AES-GCM would need new ones after 2^23
/// packets.
/// </summary>
internal sealed class PacketCipher : IDisposable
{
    private const int KeyBytes = 32, NonceBytes = 12;

    private readonly ChaCha20Poly1305 aead;
    private readonly byte[] initial = new byte[NonceBytes];

    internal PacketCipher(byte[] secret)
    {
        var derived = HKDF.Expand(HashAlgorithmName.SHA256, secret, KeyBytes + NonceBytes, "ledger data"u8.ToArray());
        aead = new(derived.AsSpan(0, KeyBytes));
        derived.AsSpan(KeyBytes).CopyTo(initial);
        CryptographicOperations.ZeroMemory(derived);
        CryptographicOperations.ZeroMemory(secret);
    }

    /// <summary>Encrypts in place the frames between header and tag of <paramref name="packet"/>.</summary>
    internal void Seal(Span<byte> packet, long number)
    {
        Span<byte> nonce = stackalloc byte[NonceBytes];
        Nonce(number, nonce);
        var frames = packet[DataPacket.HeaderBytes..^DataPacket.TagBytes];
        aead.Encrypt(nonce, frames, frames, packet[^DataPacket.TagBytes..], packet[..DataPacket.HeaderBytes]);
    }

    internal bool TryOpen(ReadOnlySpan<byte> packet, long number, Span<byte> frames)
    {
        Span<byte> nonce = stackalloc byte[NonceBytes];
        Nonce(number, nonce);
        try
        {
            aead.Decrypt(nonce, packet[DataPacket.HeaderBytes..^DataPacket.TagBytes], packet[^DataPacket.TagBytes..],
                frames, packet[..DataPacket.HeaderBytes]);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    public void Dispose() => aead.Dispose();

    private void Nonce(long number, Span<byte> nonce)
    {
        initial.CopyTo(nonce);
        var low = nonce[4..];
        BinaryPrimitives.WriteInt64BigEndian(low, BinaryPrimitives.ReadInt64BigEndian(low) ^ number);
    }
}

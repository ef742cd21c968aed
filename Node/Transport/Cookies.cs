using System.Net;
using System.Security.Cryptography;

namespace Ledger.Node.Transport;

/// <summary>
/// Proof that who sent an INIT receives at its address: a MAC over address, port and ephemeral key under a secret that
/// we forget (after WireGuard's cookies and RFC 9000 section 8.1). It costs us no memory until it comes back.
/// </summary>
internal sealed class Cookies(RandomSource random)
{
    internal const int Bytes = 16;
    private const int SecretBytes = 32;

    private byte[] current = [];
    private byte[] previous = [];
    private long madeUs;

    internal void Write(long nowUs, IPEndPoint from, ReadOnlySpan<byte> ephemeral, Span<byte> cookie)
    {
        Rotate(nowUs);
        Make(current, from, ephemeral, cookie);
    }

    internal bool IsValid(long nowUs, IPEndPoint from, ReadOnlySpan<byte> ephemeral, ReadOnlySpan<byte> cookie)
    {
        // Most senders have none yet: two hashes less.
        if (cookie.IndexOfAnyExcept((byte)0) < 0)
            return false;
        Rotate(nowUs);
        return Matches(current, from, ephemeral, cookie) || Matches(previous, from, ephemeral, cookie);
    }

    private void Rotate(long nowUs)
    {
        var ageUs = nowUs - madeUs;
        if (current.Length > 0 && ageUs < TransportLimits.CookieSecretUs)
            return;
        var isRecent = current.Length > 0 && ageUs < 2 * TransportLimits.CookieSecretUs;
        previous = isRecent ? current : Draw();
        (current, madeUs) = (Draw(), nowUs);
    }

    private byte[] Draw()
    {
        var secret = new byte[SecretBytes];
        random(secret);
        return secret;
    }

    private static bool Matches(
        byte[] secret, IPEndPoint from, ReadOnlySpan<byte> ephemeral, ReadOnlySpan<byte> cookie)
    {
        Span<byte> expected = stackalloc byte[Bytes];
        Make(secret, from, ephemeral, expected);
        return CryptographicOperations.FixedTimeEquals(expected, cookie);
    }

    private static void Make(byte[] secret, IPEndPoint from, ReadOnlySpan<byte> ephemeral, Span<byte> cookie)
    {
        Span<byte> message = stackalloc byte[AddressBytes.Bytes + NoiseXk.KeyBytes];
        AddressBytes.Write(from, message);
        ephemeral.CopyTo(message[AddressBytes.Bytes..]);
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(secret, message, mac);
        mac[..Bytes].CopyTo(cookie);
    }
}

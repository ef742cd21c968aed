using Ledger.Consensus.Crypto;

namespace Ledger.Node.Transport;

/// <summary>Fills a span with random bytes: the system's generator in a node, a seeded one in a test.</summary>
internal delegate void RandomSource(Span<byte> target);

/// <summary>What the transport draws from its random source.</summary>
internal static class RandomDraws
{
    internal static SecretKey EphemeralKey(this RandomSource random)
    {
        Span<byte> secret = stackalloc byte[SecretKey.Size];
        while (true)
        {
            random(secret);
            var key = SecretKey.From(secret);
            secret.Clear();
            // One draw in 2^128 is no key.
            if (key is not null)
                return key;
        }
    }

    internal static uint ConnectionId(this RandomSource random)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        random(bytes);
        return BitConverter.ToUInt32(bytes);
    }
}

using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography;
using Ledger.Consensus.Crypto;

namespace Ledger.Node.Transport;

/// <summary>
/// Tokens by which a node that has forgotten a connection can end it (RFC 9000 section 10.3): each side tells the other
/// in the handshake what it would say. The key comes from the node's own, so that a restart knows it again.
/// </summary>
internal sealed class ResetTokens
{
    internal const int Bytes = 16;

    private readonly byte[] key;

    internal ResetTokens(SecretKey node)
    {
        using var derived = node.Derive("transport reset");
        key = derived.Export();
    }

    /// <summary>The token of a connection that packets to us name by <paramref name="connectionId"/>.</summary>
    internal void Write(uint connectionId, Span<byte> target)
    {
        Span<byte> id = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(id, connectionId);
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, id, mac);
        mac[..Bytes].CopyTo(target);
    }
}

/// <summary>Whether a packet of an unknown connection is worth a RESET.</summary>
internal sealed class ResetAnswers
{
    private readonly HostRates hosts =
        new(TransportLimits.ResetsPerHostPerSecond, burst: TransportLimits.ResetsPerHostPerSecond);

    private readonly TokenBucket all = new(TransportLimits.ResetsPerSecond, burst: TransportLimits.ResetsPerSecond);

    internal bool MayAnswer(long nowUs, IPAddress from, int bytes) => bytes >= TransportLimits.ResetProvokedByBytes
        && hosts.TryTake(nowUs, AddressGroup.Host(from)) && all.TryTake(nowUs);
}

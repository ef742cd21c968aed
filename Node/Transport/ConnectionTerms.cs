using System.Net;
using Ledger.Consensus.Crypto;

namespace Ledger.Node.Transport;

/// <summary>What one side can do beyond what everybody must. Bits that we do not know mean nothing to us.</summary>
[Flags]
internal enum Capabilities : uint
{
    None = 0,

    /// <summary>Packets sealed by AES-256-GCM rather than ChaCha20-Poly1305.</summary>
    Aes256Gcm = 1,
}

/// <summary>What a handshake settled about a connection.</summary>
internal sealed record ConnectionTerms
{
    internal required PeerId Peer { get; init; }
    internal required IPEndPoint Address { get; init; }
    internal required bool Inbound { get; init; }

    /// <summary>The id that the peer's packets carry, chosen by us.</summary>
    internal required uint OwnId { get; init; }

    /// <summary>The id that our packets carry, chosen by the peer.</summary>
    internal required uint PeerConnectionId { get; init; }
    internal required SessionKeys Keys { get; init; }

    /// <summary>What both sides can do, and therefore do.</summary>
    internal required Capabilities Agreed { get; init; }

    /// <summary>What the peer will send when it has forgotten this connection.</summary>
    internal required byte[] PeerResetToken { get; init; }

    /// <summary>Our address as the peer saw it; only the initiator is told in the handshake.</summary>
    internal IPEndPoint? Observed { get; init; }

    /// <summary>The handshake's round-trip time; 0 where a repeated packet leaves it open.</summary>
    internal long RoundTripUs { get; init; }

    internal required EndpointOptions Options { get; init; }
}

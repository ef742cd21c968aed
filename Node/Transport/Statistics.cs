using System.Collections.Immutable;
using System.Net;
using Ledger.Consensus.Crypto;

namespace Ledger.Node.Transport;

/// <summary>One connection at one moment.</summary>
internal sealed record PeerStatistics
{
    public required PeerId Peer { get; init; }
    public required IPEndPoint Address { get; init; }
    public required bool Inbound { get; init; }
    public required long ConnectedSinceUs { get; init; }
    public required long BytesIn { get; init; }
    public required long BytesOut { get; init; }
    public required long PacketsOut { get; init; }
    public required long PacketsLost { get; init; }
    public required long SmoothedRttUs { get; init; }
    public required int CongestionWindow { get; init; }
    public required int QueuedBytes { get; init; }
}

/// <summary>The whole transport at one moment. Bytes are UDP payload; drops are indexed by
/// <see cref="DropReason"/>.</summary>
internal sealed record TransportStatistics
{
    public required ImmutableArray<PeerStatistics> Peers { get; init; }
    public required long DatagramsIn { get; init; }
    public required long DatagramsOut { get; init; }
    public required long BytesIn { get; init; }
    public required long BytesOut { get; init; }
    public required int HalfOpen { get; init; }
    public required int Dials { get; init; }
    public required ImmutableArray<long> Drops { get; init; }

    public long Dropped(DropReason reason) => Drops[(int)reason];
}

using System.Collections.Immutable;
using System.Net;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.Engine;
using Ledger.Consensus.State;
using Ledger.Node.Sync;
using Ledger.Node.Training;

namespace Ledger.Node.Host;

/// <summary>A connected peer as others may see it. Times are milliseconds.</summary>
internal sealed record PeerSnapshot(
    PeerId Id, IPEndPoint Address, bool Inbound, ulong Height, ulong RoundTripMs, ulong ConnectedMs, ulong BytesIn,
    ulong BytesOut, ulong PacketsLost);

/// <summary>A shard in this home: rows that never leave the machine.</summary>
internal sealed record ShardSnapshot(
    Digest Task, string Source, string Terms, Digest Root, ShardManifest Manifest, int Rows, int Validation,
    int HeldOut);

/// <summary>What the training worker is doing; <paramref name="Progress"/> counts epochs.</summary>
internal sealed record TrainingSnapshot(Digest Task, uint Round, string Activity, int Progress, int Of);

/// <summary>What readers may see of the node after an input: immutable, replaced as a whole by its loop.</summary>
internal sealed record NodeSnapshot
{
    public required Genesis Genesis { get; init; }

    public required Address Address { get; init; }

    public required PeerId PeerId { get; init; }

    public required IPEndPoint Listen { get; init; }

    public required ChainState State { get; init; }

    /// <summary>The round and step of agreement on the next block.</summary>
    public required uint Round { get; init; }

    public required Step Step { get; init; }

    /// <summary>Validators whose vote in that round has not been heard here.</summary>
    public required ImmutableArray<Address> Silent { get; init; }

    /// <summary>Milliseconds of <see cref="SteadyClock"/> at the start of this process.</summary>
    public required ulong StartedAtMs { get; init; }

    /// <summary>The same of the last commit that this process saw; 0 before the first.</summary>
    public required ulong CommittedAtMs { get; init; }

    /// <summary>The highest height that a peer claims; above ours while we catch up.</summary>
    public required ulong BestPeerHeight { get; init; }

    public required ImmutableArray<PeerSnapshot> Peers { get; init; }

    /// <summary>The blobs that are being fetched, the most urgent first.</summary>
    public ImmutableArray<BlobProgress> Downloads { get; init; } = [];

    public required ImmutableArray<ShardSnapshot> Shards { get; init; }

    public required TrainingSnapshot? Training { get; init; }

    /// <summary>All bytes of UDP payload sent and received since the start.</summary>
    public required ulong BytesOut { get; init; }

    public required ulong BytesIn { get; init; }

    public required int PoolTransactions { get; init; }

    /// <summary>How often this process has waited for the disk to take something for good.</summary>
    public required ulong Syncs { get; init; }

    /// <summary>Native memory that the store uses, as it was some seconds ago at most.</summary>
    public long StoreBytes { get; init; }
}

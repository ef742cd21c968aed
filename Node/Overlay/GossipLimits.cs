using Ledger.Consensus.Codec;

namespace Ledger.Node.Overlay;

/// <summary>
/// Every bound of what is passed on. Times are milliseconds, sizes bytes. Names and numbers are those of GossipSub
/// (libp2p specs, pubsub/gossipsub v1.0 to v1.2) but for the shorter heartbeat.
/// </summary>
internal static class GossipLimits
{
    /// <summary>How many peers the mesh is filled up to, when it is filled up, and when it is cut down (D, lo, hi).
    /// </summary>
    internal const int MeshSize = 8, MeshMin = 6, MeshMax = 12;

    /// <summary>Those of the mesh whom we have dialled, at least: they did not choose us.</summary>
    internal const int MeshOutboundMin = 3;

    /// <summary>Those of the mesh with the best scores who stay when it is cut down.</summary>
    internal const int MeshBestKept = 4;

    internal const ulong HeartbeatMs = 200;

    /// <summary>Peers outside the mesh hear where we stand no more often, however fast blocks come.</summary>
    internal const ulong SaidToAllMs = 500;

    /// <summary>Who was refused a place in the mesh does not ask again for so long.</summary>
    internal const ulong BackoffMs = 60_000;

    /// <summary>What others may ask of us instead: their numbers are not to be added to anything unbounded.</summary>
    internal const ulong BackoffLeastMs = 1_000, BackoffMostMs = 3_600_000;

    /// <summary>
    /// What others say waits this long for more of it. Where all are connected, votes have arrived by themselves by
    /// then, and the height is often decided.
    /// </summary>
    internal const ulong GatherMs = 10;

    /// <summary>Votes of one message: all prevotes or precommits of a round, 20 KB.</summary>
    internal const int BallotsPerMessageMax = Limits.ValidatorsMax;

    /// <summary>
    /// In the first moments of a round, votes are on their way anyhow: who says then that it lacks some says so again
    /// soon if they do not come.
    /// </summary>
    internal const ulong FreshMs = 100;

    /// <summary>Who sees that a peer has decided its height waits so long before it asks for the proof.</summary>
    internal const ulong LeftBehindMs = 5;

    /// <summary>What is larger is told by its digest even by its maker.</summary>
    internal const int EagerBytesMax = 1_024;

    /// <summary>Digests of one message.</summary>
    internal const int DigestsPerMessageMax = 64;

    /// <summary>Digests that one peer may offer between two heartbeats.</summary>
    internal const int OffersPerHeartbeatMax = 2_000;

    /// <summary>Peers outside the mesh that are told of new digests at each heartbeat: so many, or a quarter.</summary>
    internal const int LazyMin = 6, LazyShare = 4;

    /// <summary>Messages that others may ask for, how many bytes, and how long.</summary>
    internal const int KeptMax = 8_192, KeptBytesMax = 16 << 20;

    internal const ulong KeptMs = 10_000;

    /// <summary>Messages asked for and not here yet, in all and of one peer.</summary>
    internal const int WishesMax = 4_096, WishesPerPeerMax = 512;

    /// <summary>Who has not sent in this time what it said that it has is passed over.</summary>
    internal const ulong WantMs = 250;

    /// <summary>What none of those who offered it has sent in this time was promised falsely.</summary>
    internal const ulong PromiseMs = 5_000;

    /// <summary>Times that one message is sent to one peer.</summary>
    internal const int RepliesMax = 3;
}

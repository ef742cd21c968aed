namespace Ledger.Node.Overlay;

/// <summary>Every bound of the exchange of blobs. Times are milliseconds, sizes bytes.</summary>
internal static class SwarmLimits
{
    internal const int BlobsWantedMax = 1_024;

    /// <summary>Blobs under way at once; the most urgent go first.</summary>
    internal const int BlobsActiveMax = 64;

    /// <summary>Chunks of a blob that nobody here wants any more are deleted after this.</summary>
    internal const ulong PartialKeptMs = 600_000;

    /// <summary>Bytes of unfinished blobs on disk: four of the largest.</summary>
    internal const long PartialBytesMax = 1L << 30;

    /// <summary>Disk space that blobs leave to blocks and votes.</summary>
    internal const long DiskReserveBytes = 256L << 20;

    /// <summary>Chunks that one peer may have asked us for and we not have sent: 4 MiB.</summary>
    internal const int RequestsPerPeerMax = 64;

    /// <summary>Peers that are sent chunks at the same time: the more, the later each can pass one on.</summary>
    internal const int ServingSlots = 8;

    /// <summary>
    /// Chunks sent and not known to have arrived, over all peers: 4 MiB fill 100 Mbit/s for a third of a second.
    /// </summary>
    internal const int InFlightMax = 64;

    /// <summary>The same where the line is slow: one chunk on it, and the next ones ready.</summary>
    internal const int InFlightMin = 4;

    /// <summary>What chunks may wait on the line besides, and besides what is lost and sent again.</summary>
    internal const ulong QueueMs = 100;

    /// <summary>A chunk that was sent counts as arrived after this, whatever its receiver says.</summary>
    internal const ulong InFlightMs = 3_000;

    /// <summary>Chunks of a blob for which it is worth while to give each to one peer first: 1 MiB.</summary>
    internal const int FirstPassChunksMin = 16;

    /// <summary>Peers that have not asked for anything new in this time do not want it from here.</summary>
    internal const ulong FirstPassIdleMs = 300;

    /// <summary>Blobs that one peer may be told about.</summary>
    internal const int InterestsPerPeerMax = 256;

    /// <summary>Who wants a blob says so again within this time, or is told no more of it.</summary>
    internal const ulong InterestMs = 30_000;

    internal const ulong InterestEveryMs = 10_000;

    /// <summary>While nobody has any of a blob, all are asked again after this, doubled each time.</summary>
    internal const ulong NobodyHasItMs = 250;

    internal const ulong NobodyHasItMaxMs = 8_000;

    /// <summary>What has come is announced together: one message for so long.</summary>
    internal const ulong HaveEveryMs = 20;

    /// <summary>So many new chunks are announced at once: at high rates senders wait for nothing else.</summary>
    internal const int HaveAtOnce = 8;

    /// <summary>Somebody else is asked for a manifest, or for a small blob, after this.</summary>
    internal const ulong ManifestTimeoutMs = 500;

    /// <summary>A source that is slow to deliver is left after this, or after four times what it took so far.</summary>
    internal const ulong ChunkTimeoutMs = 2_000;

    /// <summary>A source that failed rests this long, doubled each time.</summary>
    internal const ulong RestMs = 1_000;

    internal const ulong RestMaxMs = 60_000;

    /// <summary>The least and the most chunks under way from one source.</summary>
    internal const int PipelineMin = 2, PipelineMax = RequestsPerPeerMax;

    /// <summary>The first chunks are any: whoever has none has nothing to give.</summary>
    internal const int FirstAtRandom = 4;

    /// <summary>When no more chunks than this are missing, each may be asked of more sources.</summary>
    internal const int EndgameChunks = 16;

    /// <summary>Sources that one chunk is asked of at the same time at the end.</summary>
    internal const int EndgameSources = 3;

    /// <summary>Manifests of whole blobs kept in memory to serve: up to 4 MiB.</summary>
    internal const int ManifestsMax = 64;
}

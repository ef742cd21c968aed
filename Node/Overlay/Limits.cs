using Ledger.Consensus.Codec;

namespace Ledger.Node.Overlay;

/// <summary>Every bound of overlay, sync and pool in one place. Times are milliseconds, sizes bytes.</summary>
internal static class OverlayLimits
{
    /// <summary>A block with its certificate of 100 signatures (10.3 KB) is the largest message.</summary>
    internal const int MessageBytesMax = Limits.BlockBytesMax + 16 * 1024;

    /// <summary>A proposal up to this size travels with the votes; a larger one would hold them up.</summary>
    internal const int SmallOfferBytesMax = 16 * 1024;

    internal const int TransactionsPerMessageMax = 256;

    /// <summary>Room for three of the largest transactions, or 256 of the common ones.</summary>
    internal const int TransactionsBytesMax = 256 * 1024;

    /// <summary>Blocks of one request; each comes as a message of its own.</summary>
    internal const int BlocksPerRequestMax = 16;

    /// <summary>How soon we say again where we stand: lost votes cost no more than this and a round trip.</summary>
    internal const ulong RepeatMs = 250;

    /// <summary>The longest pause between two repetitions while a round lasts.</summary>
    internal const ulong RepeatMaxMs = 5_000;

    internal const int PeersPerMessageMax = 64;

    /// <summary>What has passed lately: at 500 messages a second this remembers four minutes.</summary>
    internal const int SeenMax = 1 << 17;

    internal const ulong SeenMs = 120_000;

    /// <summary>Buckets of the peer book for hearsay and for those that answered (CometBFT's sizes).</summary>
    internal const int NewBuckets = 256, TriedBuckets = 64;

    /// <summary>Addresses of one bucket; a full book of 20,480 is about 6 MB.</summary>
    internal const int BucketSize = 64;

    /// <summary>Buckets that the word of one network group can reach, and the addresses of one group.</summary>
    internal const int NewBucketsPerSource = 32, TriedBucketsPerGroup = 4;

    /// <summary>Tried peers that wait to be tested, since another would have their place.</summary>
    internal const int DoubtedMax = 16;

    /// <summary>How often we look whether an address that we do not need answers.</summary>
    internal const ulong ProbeEveryMs = 120_000;

    /// <summary>Peers that are dialled first after a restart, and how often before they are like others.</summary>
    internal const int AnchorsMax = 4, AnchorTriesMax = 3;

    /// <summary>Connections that we open into one network group, and into one that is somebody's own.</summary>
    internal const int OutboundPerGroupMax = 1, OutboundPerPrivateGroupMax = 2;

    /// <summary>Connections that we take from one public address, and from one /24 (/48 of IPv6).</summary>
    internal const int InboundPerHostMax = 2, InboundPerNetworkMax = 8;

    /// <summary>Inbound peers that do not give way to a newcomer: the oldest, and the most useful.</summary>
    internal const int OldestKept = 16, MostUsefulKept = 16;

    /// <summary>From an address that so many banned peers share, nobody is let in.</summary>
    internal const int BannedPerHostMax = 3;

    /// <summary>Failures in a row that are counted; more make no difference.</summary>
    internal const int FailuresMax = 30;

    /// <summary>Who says at which address it sees us, how many groups must agree, and how long it counts.</summary>
    internal const int AddressVotesMax = 64, AddressVotersMin = 3;

    internal const ulong AddressVoteMs = 300_000;

    /// <summary>How often one peer may ask us to bring it together with another, or may make us dial.</summary>
    internal const ulong PunchEveryMs = 2_000;

    /// <summary>How often we ask one peer for that: less often than it allows, since messages take more time or
    /// less.</summary>
    internal const ulong PunchAskMs = 3_000;

    /// <summary>How long the answer is waited for before the peer is dialled without.</summary>
    internal const ulong PunchAnswerMs = 1_000;

    /// <summary>Between the knock and the dial: the other has heard of us by then, and has knocked, even if it is
    /// busy.</summary>
    internal const ulong KnockMs = 500;

    internal const int OutboundMax = 16;

    internal const int InboundMax = 64;

    internal const ulong DialBackoffMs = 1_000;

    /// <summary>A connection that ends before it is so old counts like one that did not come about.</summary>
    internal const ulong SettledMs = 10_000;

    /// <summary>The longest pause between two attempts at one address.</summary>
    internal const ulong DialBackoffMaxMs = 60_000;

    /// <summary>
    /// The longest pause before we try again whom we have lost within the hour, or whom a person named: after a cut of
    /// the network all must be back within five seconds.
    /// </summary>
    internal const ulong DialBackoffLostMs = 2_000, LostForMs = 3_600_000;

    /// <summary>A dial that has said nothing for so long has failed.</summary>
    internal const ulong DialTimeoutMs = 10_000;

    /// <summary>An address that never answered is forgotten after so many attempts, unless it is bootstrap.</summary>
    internal const int DialFailuresMax = 8;

    /// <summary>How often we ask for addresses, and how often one peer is answered.</summary>
    internal const ulong PeerExchangeMs = 30_000;

    /// <summary>The first exchanges come quickly, until there are this many known peers.</summary>
    internal const int FewPeers = 8;

    internal const ulong FirstPeerExchangeMs = 2_000;

    /// <summary>Only those whom we met within this time are passed on to others.</summary>
    internal const ulong PassOnMs = 24UL * 3_600_000;

    /// <summary>However much a peer does not answer, it counts as one time-out in so long.</summary>
    internal const ulong SilenceMs = 5_000;

    /// <summary>Who has so many points is banned.</summary>
    internal const int BanPoints = 60;

    /// <summary>Who deals with a message or a timer so much too late cannot tell whether others are in time, nor for a
    /// while after: as long as any answer is waited for.</summary>
    internal const ulong LateMs = 1_000, LateForgivenMs = 10_000;

    /// <summary>Below this score nothing that a peer offers is asked for, and nothing is passed on to it.</summary>
    internal const int GossipScoreMin = -20;

    /// <summary>What one good delivery is worth, in thousandths of a point, and how much of it counts.</summary>
    internal const int Credit = 1_000, CreditMax = 100 * Credit;

    /// <summary>Credit fades by three hundredths a second.</summary>
    internal const ulong CreditHalfLifeMs = 22_760;

    internal const ulong PointsHalfLifeMs = 600_000;

    internal const ulong BanMs = 3_600_000;

    internal const ulong BanMaxMs = 24UL * 3_600_000;

    internal const int ScoredPeersMax = 2_048;

    /// <summary>Blocks asked for ahead of the tip: at most this many MiB wait for verification.</summary>
    internal const int SyncWindow = 64;

    /// <summary>Blocks under way from one peer: two full requests.</summary>
    internal const int SyncPerPeerMax = 2 * BlocksPerRequestMax;

    /// <summary>Bytes of blocks under way from one peer: its queue for us holds little more, and what does not fit is
    /// not sent.</summary>
    internal const int SyncBytesPerPeerMax = 6 << 20;

    internal const ulong BlockTimeoutMs = 4_000;

    /// <summary>A peer's claim of a height is worth this long; peers repeat their status more often.</summary>
    internal const ulong ClaimMs = 30_000;

    /// <summary>How long a claim of just one block more may wait for our own votes to decide that block.</summary>
    internal const ulong OneBehindMs = 500;

    internal const ulong IgnoreMs = 15_000;

    internal const ulong IgnoreMaxMs = 600_000;

    /// <summary>Without a verified block for so long we are not catching up, whatever is claimed.</summary>
    internal const ulong SyncStallMs = 6_000;

    /// <summary>Peers that sync listens to; above the number of connections.</summary>
    internal const int SyncPeersMax = 128;

    /// <summary>Offenders with evidence that waits for a block: what four blocks can carry, about 200 KB.</summary>
    internal const int PendingEvidenceMax = 4 * Limits.BlockEvidenceMax;

    internal const int EvidencePerMessageMax = Limits.BlockEvidenceMax;

    /// <summary>Two signed messages of under 300 bytes each.</summary>
    internal const int EvidenceBytesMax = 1_024;

    /// <summary>Evidence is told again so often, until it is in a block: a peer may have been behind.</summary>
    internal const ulong EvidenceEveryMs = 5_000;

    /// <summary>Decided heights whose votes are kept, to compare late ones with.</summary>
    internal const ulong PastHeightsMax = 16;

    /// <summary>Votes kept of one height: of 100 validators ten rounds, under 1 MB.</summary>
    internal const int VotesPerHeightMax = 2_000;

    /// <summary>Heights that one peer may offer snapshots of.</summary>
    internal const int SnapshotsPerPeerMax = 4;

    /// <summary>Leaves of one chunk: to look them up holds the loop up for some 15 ms.</summary>
    internal const int ChunkBytesMax = 256 * 1024;

    /// <summary>Leaves of one chunk: the smallest has a key and a value of 2 bytes each, with their heads.</summary>
    internal const int ChunkLeavesMax = ChunkBytesMax / 8;

    /// <summary>A newcomer fetches blocks, not a snapshot, where it has fewer to go.</summary>
    internal const ulong SnapshotLeadMin = 300;

    /// <summary>A newcomer looks for snapshots for so long, from its first peer on.</summary>
    internal const ulong SnapshotLookMs = 5_000;

    /// <summary>After the first offer, others may offer a better one for so long.</summary>
    internal const ulong SnapshotOffersMs = 1_000;

    /// <summary>A header or a chunk that takes longer is asked of somebody else.</summary>
    internal const ulong SnapshotTimeoutMs = 10_000;

    /// <summary>Chunks under way from one peer.</summary>
    internal const int ChunksPerPeerMax = 2;

    /// <summary>Bytes of a snapshot's leaves in memory: some eight million accounts.</summary>
    internal const long SnapshotBytesMax = 1L << 30;

    internal const int PoolCountMax = 8_192;

    internal const int PoolBytesMax = 16 << 20;

    /// <summary>Pending transactions of one sender, which is also how far ahead its nonces may run.</summary>
    internal const int PoolPerSenderMax = 64;
}

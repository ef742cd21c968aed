namespace Ledger.Consensus.Codec;

/// <summary>Every bound of the protocol; a decoder allocates only after it has checked one of these.</summary>
public static class Limits
{
    /// <summary>Bytes of an encoded block with transactions and last commit; one reliable message carries it.</summary>
    public const int BlockBytesMax = 1 << 20;

    /// <summary>Bytes of an encoded proposal: its block, and some fields of under 200 bytes.</summary>
    public const int ProposalBytesMax = BlockBytesMax + 256;

    /// <summary>Blocks from a vote for an amendment to its height: months, even of fast blocks. Older votes are gone by
    /// then.</summary>
    public const ulong AmendmentAheadMax = 10_000_000;

    /// <summary>Bytes of one encoded transaction: a task with its recipe is the largest.</summary>
    public const int TransactionBytesMax = 80 * 1024;

    /// <summary>Transactions in one block.</summary>
    public const int BlockTransactionsMax = 2_048;

    /// <summary>Rounds of learning that one block may close; each costs every validator an aggregation.</summary>
    public const int BlockClosingsMax = 8;

    /// <summary>
    /// Proofs of misbehaviour in one block: under 700 bytes each, so that a flood of them leaves room for transactions.
    /// </summary>
    public const int BlockEvidenceMax = 64;

    /// <summary>
    /// Parts of the evidence age whose beginnings the state remembers, in one leaf of about 3 KB: evidence of seven
    /// days expires up to 40 minutes early.
    /// </summary>
    public const int CheckpointsMax = 256;

    /// <summary>
    /// Entries of one owner in an unbonding time: eight days fall into parts of three hours, and a release may be late
    /// by one.
    /// </summary>
    public const int UnbondingSteps = 64;

    /// <summary>Unbonding entries released in one block; the rest waits for the next ones.</summary>
    public const int BlockReleasesMax = 1_024;

    /// <summary>
    /// The least minimum stake: of a total of three or less no third could ever change hands within one block.
    /// </summary>
    public const ulong MinimumStakeMin = 4;

    /// <summary>Validators of one set: a commit certificate of 100 signatures is under 10 KiB.</summary>
    public const int ValidatorsMax = 100;

    /// <summary>Bytes of a task's recipe (JSON text that only the learning code reads).</summary>
    public const int RecipeBytesMax = 64 * 1024;

    /// <summary>Bytes of a task's name in UTF-8, characters of a chain's.</summary>
    public const int NameCharsMax = 64;

    /// <summary>Contributors of one task; aggregation cost grows with their number.</summary>
    public const int ContributorsMax = 256;

    /// <summary>Scorers of one round: each costs a root update that everybody fetches.</summary>
    public const int ScorersMax = 64;

    /// <summary>Rounds that one task may run; their results stay in the state as its history.</summary>
    public const int TaskRoundsMax = 10_000;

    /// <summary>
    /// Results of a task that rules may look at, which nodes therefore have in memory: a model is evaluated within so
    /// many rounds or not at all. Even rounds of a fifth of a second leave a slow contributor a dozen of them.
    /// </summary>
    public const int RecentResults = 64;

    /// <summary>Bytes of any blob: a model file of 256 MiB is 64 M parameters in single precision.</summary>
    public const int BlobBytesMax = 256 << 20;

    /// <summary>
    /// Bytes of a parameter blob: 64 MiB is 16 M parameters. Aggregation holds those of all contributors in memory.
    /// </summary>
    public const int ParameterBytesMax = 64 << 20;

    /// <summary>Bytes of a blob's chunk at least: 55 packets, 5 ms at 100 Mbit/s.</summary>
    public const int ChunkBytesMin = 64 * 1024;

    /// <summary>
    /// Chunks of one blob: their hashes, 64 KiB, fit one message, and which of them a peer holds 256 bytes.
    /// </summary>
    public const int BlobChunksMax = 2_048;

    /// <summary>Bytes of a blob's chunk at most: the largest blob is cut into <see cref="BlobChunksMax"/>.</summary>
    public const int ChunkBytesMax = BlobBytesMax / BlobChunksMax;

    /// <summary>All tokens together: below 2^60, so that three times the total stake still fits a UInt64.</summary>
    public const ulong SupplyMax = 1UL << 60;

    /// <summary>Proposer priorities, up or down: within twice the stake, by rotation, so no sum overflows.</summary>
    public const long PriorityMax = 4 * (long)SupplyMax;

    /// <summary>
    /// The last block time, Unix milliseconds at the end of the year 9999: later ones would overflow deadlines.
    /// </summary>
    public const ulong TimeMax = 253_402_300_799_999;

    /// <summary>Bytes of a key of the state: a kind, two digests and a number are 69.</summary>
    public const int StateKeyBytesMax = 128;

    /// <summary>Bytes of a value of the state: a recipe of 64 KiB with its schedule is the largest.</summary>
    public const int StateValueBytesMax = 512 * 1024;

    /// <summary>Bytes of a proof for one key: 256 levels of 35; a million leaves need 21 levels.</summary>
    public const int KeyProofBytesMax = 16 * 1024;

    /// <summary>Bytes of a proof for a range: two edges, and a leaf beside each level.</summary>
    public const int RangeProofBytesMax = 2 * KeyProofBytesMax;

    /// <summary>Light blocks in one proof: at one for each trusting period of four days, ten years.</summary>
    public const int LightChainMax = 1_024;

    /// <summary>How far a header may be ahead of a light client's clock, in milliseconds.</summary>
    public const ulong LightClockDriftMax = 10_000;

    /// <summary>
    /// Rounds of one height that have a turn of their own to propose; later ones start again. With 100 validators they
    /// are found in 100,000 steps, once, and kept in 32 KB.
    /// </summary>
    public const uint RoundsWithOwnTurn = 1_000;

    /// <summary>
    /// Past rounds whose votes are all kept: 16 of 200 bytes a validator. Of earlier ones only the polka that is locked
    /// or valid is needed, and whatever else was decided there comes as a certificate.
    /// </summary>
    public const uint PastVoteRoundsMax = 8;

    /// <summary>Rounds beyond the current one whose votes are kept; later ones are pulled again.</summary>
    public const uint FutureRoundsMax = 2;

    /// <summary>Proposals kept of one round: the first, and one more in case its proposer made several.</summary>
    public const int RoundProposalsMax = 2;

    /// <summary>Past rounds whose proposals are all kept; of earlier ones only blocks that a quorum named.</summary>
    public const uint PastProposalRoundsMax = 2;

    /// <summary>The round number at which agreement stops counting: a century of growing timeouts.</summary>
    public const uint RoundMax = 1_000_000;
}

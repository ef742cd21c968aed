using System.Collections.Immutable;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.Light;
using Ledger.Consensus.Tree;

namespace Ledger.Node.Overlay;

/// <summary>What peers say to each other. How it travels is the codec's business.</summary>
internal abstract record WireMessage
{
    private WireMessage()
    {
    }

    /// <summary>The votes that it brings; none where it is something else.</summary>
    internal ImmutableArray<SignedVote> Votes => this switch
    {
        Ballot ballot => [ballot.Vote],
        Ballots several => several.List,
        _ => [],
    };

    /// <summary>
    /// Where the sender stands in the agreement on <paramref name="Height"/> (its tip + 1) and which votes of the round
    /// it holds: whoever holds more sends the missing ones. A peer with the votes of all but without their quorum
    /// (<paramref name="HasPolka"/>, <paramref name="HasCommit"/>) was told something else by a validator that votes
    /// twice, and needs the certificate. Step numbers are those of the agreement.
    /// </summary>
    internal sealed record Status(
        ulong Height, uint Round, byte Step, uint? ValidRound, uint? LockedRound, VoteBits Prevotes,
        VoteBits Precommits, bool HasProposal, bool HasPolka, bool HasCommit) : WireMessage
    {
        /// <summary>Whether its sender holds a vote of the validator with this place in the set.</summary>
        internal bool Shows(Vote vote, int validator) => Height == vote.Height && Round == vote.Round && validator >= 0
            && (vote.Kind == VoteKind.Prevote ? Prevotes : Precommits).Has(validator);
    }

    internal sealed record Ballot(SignedVote Vote) : WireMessage;

    /// <summary>Votes of others, gathered; at least two.</summary>
    internal sealed record Ballots(ImmutableArray<SignedVote> List) : WireMessage;

    /// <summary>What concerns how messages are passed on.</summary>
    internal abstract record OfGossip : WireMessage;

    /// <summary>The digests of large messages that the sender has and will send to whoever asks.</summary>
    internal sealed record IHave(ImmutableArray<Digest> Ids) : OfGossip;

    /// <summary>The digests of messages that the sender lacks.</summary>
    internal sealed record IWant(ImmutableArray<Digest> Ids) : OfGossip;

    /// <summary>The digests of messages that the sender has got elsewhere.</summary>
    internal sealed record IDontWant(ImmutableArray<Digest> Ids) : OfGossip;

    /// <summary>The sender passes on to the receiver what others say, and asks for the same.</summary>
    internal sealed record Graft : OfGossip;

    /// <summary>The sender does not, and is not to be asked again for so long.</summary>
    internal sealed record Prune(ulong BackoffMs) : OfGossip;

    internal sealed record Offer(SignedProposal Proposal) : WireMessage;

    /// <summary>Votes of many as one: of a polka, of a decision, or of the right to enter a round.</summary>
    internal sealed record Certified(Certificate Certificate) : WireMessage;

    internal sealed record Transactions(ImmutableArray<SignedTransaction> List) : WireMessage;

    internal sealed record GetBlocks(ulong From, int Count) : WireMessage;

    /// <summary>A decided block with the proof that it was.</summary>
    internal sealed record BlockReply(Block Block, CommitCertificate Certificate) : WireMessage;

    /// <summary>Whatever is said about blobs.</summary>
    internal abstract record OfBlob : WireMessage;

    /// <summary>
    /// The sender wants a blob: the answer says what the receiver holds of it, and so does whatever comes to that
    /// later.
    /// </summary>
    internal sealed record Interest(Digest Id) : OfBlob;

    /// <summary>What the sender holds of a blob. The length is a claim until a manifest is checked; 0 with no chunk.
    /// </summary>
    internal sealed record Have(Digest Id, int Length, ChunkSet Chunks) : OfBlob;

    /// <summary>Chunks that the sender holds besides those it has told of.</summary>
    internal sealed record HaveMore(Digest Id, ImmutableArray<int> Chunks) : OfBlob;

    internal sealed record GetManifest(Digest Id) : OfBlob;

    /// <summary>The hashes of a blob's chunks; which blob they are of follows from them.</summary>
    internal sealed record Manifest(BlobManifest Blob) : OfBlob;

    internal sealed record GetChunks(Digest Id, ImmutableArray<int> Chunks) : OfBlob;

    internal sealed record BlobChunk(Digest Id, int Index, byte[] Content) : OfBlob;

    /// <summary>The sender needs no longer what it has asked for: it came from elsewhere.</summary>
    internal sealed record CancelChunks(Digest Id, ImmutableArray<int> Chunks) : OfBlob;

    /// <summary>What was asked for will not come from the sender now.</summary>
    internal sealed record RejectChunks(Digest Id, ImmutableArray<int> Chunks) : OfBlob;

    /// <summary>Evidence that waits for a block.</summary>
    internal sealed record Accusations(ImmutableArray<Evidence> List) : WireMessage;

    /// <summary>Asks of which heights the receiver has the whole state.</summary>
    internal sealed record GetSnapshots : WireMessage;

    /// <summary>The heights after whose blocks the sender has the whole state; claims, like all heights.</summary>
    internal sealed record Snapshots(ImmutableArray<ulong> Heights) : WireMessage;

    internal sealed record GetHeader(ulong Height) : WireMessage;

    /// <summary>What a light client needs of a block.</summary>
    internal sealed record HeaderReply(LightBlock Block) : WireMessage;

    /// <summary>Asks for the leaves of a range of the state after a height, as many as fit.</summary>
    internal sealed record GetChunk(ulong Height, HashRange Range) : WireMessage;

    /// <summary>All leaves of a range, in ascending order of key hash, with the proof that they are all.</summary>
    internal sealed record Chunk(
        ulong Height, HashRange Range, ImmutableArray<(byte[] Key, byte[] Value)> Leaves, byte[] Proof) : WireMessage;

    /// <summary>The answer of a peer that has no such header, or no state of that height any more.</summary>
    internal sealed record Gone(ulong Height) : WireMessage;

    /// <summary>What concerns how peers find each other.</summary>
    internal abstract record OfPeers : WireMessage;

    internal sealed record GetPeers : OfPeers;

    internal sealed record Peers(ImmutableArray<KnownPeer> List) : OfPeers;

    /// <summary>Asks to be brought together with a peer that the receiver is connected to.</summary>
    internal sealed record GetPunch(PeerId Target) : OfPeers;

    /// <summary>The sender sees this peer at this address; it is told of the receiver just now.</summary>
    internal sealed record Punch(KnownPeer Peer) : OfPeers;
}

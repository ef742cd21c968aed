using System.Collections.Immutable;
using System.Net;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.Tree;
using Ledger.Node.Overlay;

namespace Ledger.Node.Tests.Overlay;

/// <summary>Values that overlay, sync and pool are tested with.</summary>
internal static class SomeMessages
{
    internal static readonly Digest Chain = Digest.OfBytes([1]);

    private static readonly SecretKey Key = Some.Key(1);

    /// <summary>A digest for each number.</summary>
    internal static Digest Id(int number) => Digest.OfBytes(BitConverter.GetBytes(number));

    internal static PeerId Peer(int number) => new(PublicKey.From(Id(1_000 + number).ToArray()));

    internal static KnownPeer Known(int number) =>
        new(Peer(number),
            new IPEndPoint(new IPAddress([10, 0, (byte)(number >> 8 & 0xff), (byte)(number & 0xff)]), 9_000));

    internal static SignedTransaction Transfer(ulong nonce = 0) =>
        new Transaction(new(Key.PublicKey), nonce, 1, new Payload.Transfer(new(Key.PublicKey), 5)).Sign(Chain, Key);

    internal static Block Block(ulong height)
    {
        ImmutableArray<SignedTransaction> transactions = [Transfer(height)];
        return new(
            new(Header.FirstVersion, Chain, height, 1_000 * height, default, default,
                Ledger.Consensus.Chain.Block.RootOf([], transactions), Ledger.Consensus.Chain.Block.RootOf([]),
                default, default, default, default, new(Key.PublicKey)),
            null, [], [], transactions);
    }

    internal static WireMessage.BlockReply Reply(ulong height)
    {
        var block = Block(height);
        return new(block, new(height, 0, block.Id, [(new(Key.PublicKey), Key.Sign(block.Id))]));
    }

    internal static SignedProposal Proposal()
    {
        var block = Block(3);
        var proposal = new Proposal(3, 1, null, block.Id, new(Key.PublicKey));
        return new(proposal, Key.Sign(proposal.SigningDigest(Chain)), block);
    }

    internal static Evidence Evidence()
    {
        var vote = Vote();
        var other = vote.Vote with { Block = null };
        return Ledger.Consensus.Chain.Evidence.DuplicateVote.Of(
            vote, new(other, Key.Sign(other.SigningDigest(Chain))));
    }

    internal static SignedVote Vote()
    {
        var vote = new Vote(VoteKind.Prevote, 3, 1, Id(5), new(Key.PublicKey));
        return new(vote, Key.Sign(vote.SigningDigest(Chain)));
    }

    internal static ChunkSet Chunks(params int[] numbers)
    {
        var chunks = new ChunkSet();
        foreach (var number in numbers)
            chunks.Add(number);
        return chunks;
    }

    /// <summary>One of each kind, and some in two forms.</summary>
    internal static IEnumerable<WireMessage> OfEachKind() =>
    [
        new WireMessage.Status(7, 2, 3, null, null, default, default, false, true, false),
        new WireMessage.Status(
            ulong.MaxValue, Limits.RoundMax, 0, 1, 2, new VoteBits().With(0).With(99), new VoteBits().With(8),
            true, true, false),
        new WireMessage.Ballot(Vote()),
        new WireMessage.Ballots([Vote(), Vote()]),
        new WireMessage.IHave([Id(3), Id(4)]),
        new WireMessage.IWant([Id(3)]),
        new WireMessage.IDontWant([Id(3)]),
        new WireMessage.Graft(),
        new WireMessage.Prune(ulong.MaxValue),
        new WireMessage.Offer(Proposal()),
        new WireMessage.Transactions([Transfer(), Transfer(1)]),
        new WireMessage.GetBlocks(1, 16),
        Reply(2),
        new WireMessage.Interest(Id(3)),
        new WireMessage.Have(Id(3), 1_000_000, Chunks(0, 15)),
        new WireMessage.Have(Id(3), 0, new()),
        new WireMessage.HaveMore(Id(3), [3, 0, 2_047]),
        new WireMessage.GetManifest(Id(3)),
        new WireMessage.Manifest(BlobManifest.Of(new byte[70_000])),
        new WireMessage.GetChunks(Id(3), [7, 300]),
        new WireMessage.BlobChunk(Id(3), 2, [1, 2, 3]),
        new WireMessage.CancelChunks(Id(3), [7]),
        new WireMessage.RejectChunks(Id(3), [0]),
        new WireMessage.Accusations([Evidence()]),
        new WireMessage.GetSnapshots(),
        new WireMessage.Snapshots([1_000, 2_000]),
        new WireMessage.GetHeader(2_001),
        new WireMessage.HeaderReply(new(
            Block(2).Header, Reply(2).Certificate, new([new(new(Key.PublicKey), 10, -3)]))),
        new WireMessage.GetChunk(2_000, HashRange.All),
        new WireMessage.Chunk(2_000, new(default, Id(1)), [([1, 2], [3]), ([1, 3], [])], [2, 0xc0]),
        new WireMessage.Gone(2_000),
        new WireMessage.GetPeers(),
        new WireMessage.Peers([Known(1), new(Peer(2), new(IPAddress.IPv6Loopback, 1))]),
        new WireMessage.Peers([]),
        new WireMessage.GetPunch(Peer(3)),
        new WireMessage.Punch(Known(3)),
        new WireMessage.Certified(new PolkaCertificate(3, 2, Id(5), 1, [(new(Key.PublicKey), Key.Sign(Id(6)))])),
        new WireMessage.Certified(new PolkaCertificate(3, 2, Id(5), null, [])),
        new WireMessage.Certified(new RoundCertificate(3, 2, [Vote()])),
        new WireMessage.Certified(Reply(2).Certificate),
    ];
}

using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;

namespace Ledger.Node.Overlay;

/// <summary>
/// How messages travel: an array of the kind's number and its fields, in the chain's canonical MessagePack. Whatever
/// is accepted encodes to the same bytes again. A kind's number never changes.
/// </summary>
internal static class WireCodec
{
    private const int StatusKind = 1, BallotKind = 2, OfferKind = 3, TransactionsKind = 4, GetBlocksKind = 5;
    private const int BlockReplyKind = 6;
    private const int CertifiedKind = 12, AccusationsKind = 13;

    private const byte StepMax = 3;

    // The longest record, its kind included.
    private const int StatusFields = 11;

    /// <summary>The transport's class: 0 for what agreement waits for, 1 for blocks and control, 2 for blobs.</summary>
    internal static int ClassOf(WireMessage message, int encodedBytes) => message switch
    {
        WireMessage.Status or WireMessage.Ballot or WireMessage.Ballots or WireMessage.Certified => 0,
        WireMessage.OfGossip => 0,
        WireMessage.Offer => encodedBytes <= OverlayLimits.SmallOfferBytesMax ? 0 : 1,
        WireMessage.BlobChunk or WireMessage.Chunk => 2,
        _ => 1,
    };

    internal static byte[] Encode(WireMessage message)
    {
        var writer = new Writer();
        switch (message)
        {
            case WireMessage.Status m:
                WriteStatus(writer.Array(StatusFields).UInt(StatusKind), m);
                break;
            case WireMessage.Ballot m:
                m.Vote.Write(writer.Array(2).UInt(BallotKind));
                break;
            case WireMessage.Ballots or WireMessage.OfGossip:
                GossipCodec.Write(writer, message);
                break;
            case WireMessage.Offer m:
                writer.Array(2).UInt(OfferKind).Bytes(m.Proposal.Encoded);
                break;
            case WireMessage.Certified m:
                m.Certificate.WriteTagged(writer.Array(2).UInt(CertifiedKind));
                break;
            case WireMessage.Transactions m:
                writer.Array(2).UInt(TransactionsKind).Array(m.List.Length);
                foreach (var transaction in m.List)
                    writer.Bytes(transaction.Encoded);
                break;
            case WireMessage.GetBlocks m:
                writer.Array(3).UInt(GetBlocksKind).UInt(m.From).UInt((ulong)m.Count);
                break;
            case WireMessage.BlockReply m:
                m.Block.Write(writer.Array(3).UInt(BlockReplyKind));
                m.Certificate.Write(writer);
                break;
            case WireMessage.OfBlob m:
                SwarmCodec.Write(writer, m);
                break;
            case WireMessage.GetSnapshots or WireMessage.Snapshots or WireMessage.GetHeader or WireMessage.HeaderReply
                    or WireMessage.GetChunk or WireMessage.Chunk or WireMessage.Gone:
                SnapshotCodec.Write(writer, message);
                break;
            case WireMessage.OfPeers:
                PeersCodec.Write(writer, message);
                break;
            case WireMessage.Accusations m:
                writer.Array(2).UInt(AccusationsKind).Array(m.List.Length);
                foreach (var evidence in m.List)
                    writer.Bytes(evidence.Encode());
                break;
        }
        return writer.ToArray();
    }

    /// <summary>The message that <paramref name="input"/> encodes; false for anything odd.</summary>
    internal static bool TryDecode(ReadOnlySpan<byte> input, [NotNullWhen(true)] out WireMessage? message)
    {
        message = null;
        if (input.Length > OverlayLimits.MessageBytesMax)
            return false;
        var reader = new Reader(input);
        var fields = reader.Count(StatusFields);
        var kind = reader.Int32(SwarmCodec.KindMax);
        var read = Read(ref reader, kind, fields);
        message = reader.Finished ? read : null;
        return message is not null;
    }

    private static WireMessage? Read(ref Reader reader, int kind, int fields) => (kind, fields) switch
    {
        (StatusKind, StatusFields) => ReadStatus(ref reader) is { Height: > 0 } status ? status : null,
        (BallotKind, 2) => new WireMessage.Ballot(SignedVote.Read(ref reader)),
        (OfferKind, 2) => ReadOffer(ref reader),
        (TransactionsKind, 2) => ReadTransactions(ref reader),
        (GetBlocksKind, 3) => ReadGetBlocks(ref reader),
        (BlockReplyKind, 3) => ReadBlockReply(ref reader),
        (CertifiedKind, 2) => Certificate.ReadTagged(ref reader) is { } proof ? new WireMessage.Certified(proof) : null,
        (AccusationsKind, 2) => ReadAccusations(ref reader),
        _ => GossipCodec.Read(ref reader, kind, fields) ?? PeersCodec.Read(ref reader, kind, fields)
            ?? SnapshotCodec.Read(ref reader, kind, fields) ?? SwarmCodec.Read(ref reader, kind, fields),
    };

    private static void WriteStatus(Writer writer, WireMessage.Status m)
    {
        writer.UInt(m.Height).UInt(m.Round).UInt(m.Step).UIntOrNil(m.ValidRound).UIntOrNil(m.LockedRound);
        m.Prevotes.Write(writer);
        m.Precommits.Write(writer);
        writer.UInt(m.HasProposal ? 1UL : 0).UInt(m.HasPolka ? 1UL : 0).UInt(m.HasCommit ? 1UL : 0);
    }

    private static WireMessage.Status ReadStatus(ref Reader reader) => new(
        reader.UInt(), reader.UInt32(Limits.RoundMax), (byte)reader.UInt(StepMax), ReadRoundOrNil(ref reader),
        ReadRoundOrNil(ref reader), VoteBits.Read(ref reader), VoteBits.Read(ref reader), reader.UInt(1) == 1,
        reader.UInt(1) == 1, reader.UInt(1) == 1);

    private static uint? ReadRoundOrNil(ref Reader reader) => reader.TryNil() ? null : reader.UInt32(Limits.RoundMax);

    private static WireMessage.Offer? ReadOffer(ref Reader reader) =>
        SignedProposal.TryDecode(reader.Bytes(OverlayLimits.MessageBytesMax), out var proposal) ? new(proposal) : null;

    private static WireMessage.Transactions? ReadTransactions(ref Reader reader)
    {
        var list = ImmutableArray.CreateBuilder<SignedTransaction>();
        var bytes = 0;
        for (int i = 0, n = reader.Count(OverlayLimits.TransactionsPerMessageMax); i < n && !reader.Failed; i++)
        {
            var encoded = reader.Bytes(Limits.TransactionBytesMax);
            bytes += encoded.Length;
            if (bytes > OverlayLimits.TransactionsBytesMax
                || !SignedTransaction.TryDecode(encoded, out var transaction))
                reader.Fail();
            else
                list.Add(transaction);
        }
        return list.Count == 0 ? null : new(list.ToImmutable());
    }

    private static WireMessage.GetBlocks? ReadGetBlocks(ref Reader reader)
    {
        var message = new WireMessage.GetBlocks(reader.UInt(), reader.Int32(OverlayLimits.BlocksPerRequestMax));
        return message is { From: > 0, Count: > 0 } ? message : null;
    }

    private static WireMessage.BlockReply? ReadBlockReply(ref Reader reader)
    {
        var block = Block.Read(ref reader);
        var certificate = CommitCertificate.Read(ref reader);
        return block is null ? null : new(block, certificate);
    }

    private static WireMessage.Accusations? ReadAccusations(ref Reader reader)
    {
        var list = ImmutableArray.CreateBuilder<Evidence>();
        for (int i = 0, n = reader.Count(OverlayLimits.EvidencePerMessageMax); i < n && !reader.Failed; i++)
        {
            var one = new Reader(reader.Bytes(OverlayLimits.EvidenceBytesMax));
            if (Evidence.Read(ref one) is { } evidence && one.Finished)
                list.Add(evidence);
            else
                reader.Fail();
        }
        return list.Count == 0 ? null : new(list.ToImmutable());
    }
}

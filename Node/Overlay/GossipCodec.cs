using System.Collections.Immutable;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;

namespace Ledger.Node.Overlay;

/// <summary>How gathered votes and what governs their spreading travel; a part of <see cref="WireCodec"/>.</summary>
internal static class GossipCodec
{
    private const int BallotsKind = 14, IHaveKind = 15, IWantKind = 16, IDontWantKind = 17, GraftKind = 18;
    private const int PruneKind = 19;

    internal static void Write(Writer writer, WireMessage message)
    {
        switch (message)
        {
            case WireMessage.Ballots m:
                writer.Array(2).UInt(BallotsKind).Array(m.List.Length);
                foreach (var vote in m.List)
                    vote.Write(writer);
                break;
            case WireMessage.IHave m:
                WriteDigests(writer, IHaveKind, m.Ids);
                break;
            case WireMessage.IWant m:
                WriteDigests(writer, IWantKind, m.Ids);
                break;
            case WireMessage.IDontWant m:
                WriteDigests(writer, IDontWantKind, m.Ids);
                break;
            case WireMessage.Graft:
                writer.Array(1).UInt(GraftKind);
                break;
            case WireMessage.Prune m:
                writer.Array(2).UInt(PruneKind).UInt(m.BackoffMs);
                break;
        }
    }

    internal static WireMessage? Read(ref Reader reader, int kind, int fields) => (kind, fields) switch
    {
        (BallotsKind, 2) => ReadBallots(ref reader),
        (IHaveKind, 2) => new WireMessage.IHave(ReadDigests(ref reader)),
        (IWantKind, 2) => new WireMessage.IWant(ReadDigests(ref reader)),
        (IDontWantKind, 2) => new WireMessage.IDontWant(ReadDigests(ref reader)),
        (GraftKind, 1) => new WireMessage.Graft(),
        (PruneKind, 2) => new WireMessage.Prune(reader.UInt()),
        _ => null,
    };

    private static WireMessage.Ballots ReadBallots(ref Reader reader)
    {
        var list = ImmutableArray.CreateBuilder<SignedVote>();
        for (int i = 0, n = reader.Count(GossipLimits.BallotsPerMessageMax); i < n && !reader.Failed; i++)
            list.Add(SignedVote.Read(ref reader));
        // One alone travels as a ballot: each content has one encoding.
        if (list.Count < 2)
            reader.Fail();
        return new(list.ToImmutable());
    }

    private static void WriteDigests(Writer writer, ulong kind, ImmutableArray<Digest> ids)
    {
        writer.Array(2).UInt(kind).Array(ids.Length);
        foreach (var id in ids)
            writer.Digest(id);
    }

    private static ImmutableArray<Digest> ReadDigests(ref Reader reader)
    {
        var ids = ImmutableArray.CreateBuilder<Digest>();
        for (int i = 0, n = reader.Count(GossipLimits.DigestsPerMessageMax); i < n && !reader.Failed; i++)
            ids.Add(reader.Digest());
        if (ids.Count == 0)
            reader.Fail();
        return ids.ToImmutable();
    }
}

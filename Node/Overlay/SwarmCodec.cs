using System.Collections.Immutable;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;

namespace Ledger.Node.Overlay;

/// <summary>How messages about blobs travel; the part of <see cref="WireCodec"/> for them.</summary>
internal static class SwarmCodec
{
    /// <summary>The greatest number of a kind.</summary>
    internal const int KindMax = RejectChunksKind;

    private const int InterestKind = 30, HaveKind = 31, HaveMoreKind = 32, GetManifestKind = 33, ManifestKind = 34;
    private const int GetChunksKind = 35, BlobChunkKind = 36, CancelChunksKind = 37, RejectChunksKind = 38;

    internal static void Write(Writer writer, WireMessage.OfBlob message)
    {
        switch (message)
        {
            case WireMessage.Interest m:
                writer.Array(2).UInt(InterestKind).Digest(m.Id);
                break;
            case WireMessage.Have m:
                m.Chunks.Write(writer.Array(4).UInt(HaveKind).Digest(m.Id).UInt((ulong)m.Length));
                break;
            case WireMessage.HaveMore m:
                WriteChunks(writer, HaveMoreKind, m.Id, m.Chunks);
                break;
            case WireMessage.GetManifest m:
                writer.Array(2).UInt(GetManifestKind).Digest(m.Id);
                break;
            case WireMessage.Manifest m:
                m.Blob.Write(writer.Array(3).UInt(ManifestKind));
                break;
            case WireMessage.GetChunks m:
                WriteChunks(writer, GetChunksKind, m.Id, m.Chunks);
                break;
            case WireMessage.BlobChunk m:
                writer.Array(4).UInt(BlobChunkKind).Digest(m.Id).UInt((ulong)m.Index).Bytes(m.Content);
                break;
            case WireMessage.CancelChunks m:
                WriteChunks(writer, CancelChunksKind, m.Id, m.Chunks);
                break;
            case WireMessage.RejectChunks m:
                WriteChunks(writer, RejectChunksKind, m.Id, m.Chunks);
                break;
        }
    }

    internal static WireMessage.OfBlob? Read(ref Reader reader, int kind, int fields) => (kind, fields) switch
    {
        (InterestKind, 2) => new WireMessage.Interest(reader.Digest()),
        (HaveKind, 4) => ReadHave(ref reader),
        (HaveMoreKind, 3) => new WireMessage.HaveMore(reader.Digest(), ReadChunks(ref reader, Limits.BlobChunksMax)),
        (GetManifestKind, 2) => new WireMessage.GetManifest(reader.Digest()),
        (ManifestKind, 3) => BlobManifest.Read(ref reader) is { } blob ? new WireMessage.Manifest(blob) : null,
        (GetChunksKind, 3) => new WireMessage.GetChunks(reader.Digest(), ReadRequests(ref reader)),
        (BlobChunkKind, 4) => new WireMessage.BlobChunk(
            reader.Digest(), reader.Int32(Limits.BlobChunksMax - 1), reader.Bytes(Limits.ChunkBytesMax).ToArray()),
        (CancelChunksKind, 3) => new WireMessage.CancelChunks(reader.Digest(), ReadRequests(ref reader)),
        (RejectChunksKind, 3) => new WireMessage.RejectChunks(reader.Digest(), ReadRequests(ref reader)),
        _ => null,
    };

    private static WireMessage.Have ReadHave(ref Reader reader)
    {
        var (id, length) = (reader.Digest(), reader.Int32(Limits.BlobBytesMax));
        var chunks = ChunkSet.Read(ref reader);
        if (chunks.Last >= BlobManifest.CountOf(length))
            reader.Fail();
        return new(id, length, chunks);
    }

    private static void WriteChunks(Writer writer, int kind, Digest id, ImmutableArray<int> chunks)
    {
        writer.Array(3).UInt((ulong)kind).Digest(id).Array(chunks.Length);
        foreach (var chunk in chunks)
            writer.UInt((ulong)chunk);
    }

    private static ImmutableArray<int> ReadRequests(ref Reader reader) =>
        ReadChunks(ref reader, SwarmLimits.RequestsPerPeerMax);

    private static ImmutableArray<int> ReadChunks(ref Reader reader, int max)
    {
        var chunks = ImmutableArray.CreateBuilder<int>();
        for (int i = 0, n = reader.Count(max); i < n && !reader.Failed; i++)
            chunks.Add(reader.Int32(Limits.BlobChunksMax - 1));
        if (chunks.Count == 0)
            reader.Fail();
        return chunks.ToImmutable();
    }
}

using System.Collections.Immutable;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.Light;
using Ledger.Consensus.Tree;

namespace Ledger.Node.Overlay;

/// <summary>How messages about snapshots travel; the part of <see cref="WireCodec"/> for them.</summary>
internal static class SnapshotCodec
{
    /// <summary>The greatest number of a kind.</summary>
    internal const int KindMax = GoneKind;

    private const int GetSnapshotsKind = 20, SnapshotsKind = 21, GetHeaderKind = 22, HeaderReplyKind = 23;
    private const int GetChunkKind = 24, ChunkKind = 25, GoneKind = 26;

    internal static void Write(Writer writer, WireMessage message)
    {
        switch (message)
        {
            case WireMessage.GetSnapshots:
                writer.Array(1).UInt(GetSnapshotsKind);
                break;
            case WireMessage.Snapshots m:
                writer.Array(2).UInt(SnapshotsKind).Array(m.Heights.Length);
                foreach (var height in m.Heights)
                    writer.UInt(height);
                break;
            case WireMessage.GetHeader m:
                writer.Array(2).UInt(GetHeaderKind).UInt(m.Height);
                break;
            case WireMessage.HeaderReply m:
                m.Block.Write(writer.Array(2).UInt(HeaderReplyKind));
                break;
            case WireMessage.GetChunk m:
                Write(writer.Array(4).UInt(GetChunkKind).UInt(m.Height), m.Range);
                break;
            case WireMessage.Chunk m:
                Write(writer.Array(6).UInt(ChunkKind).UInt(m.Height), m.Range);
                writer.Array(m.Leaves.Length);
                foreach (var (key, value) in m.Leaves)
                    writer.Array(2).Bytes(key).Bytes(value);
                writer.Bytes(m.Proof);
                break;
            case WireMessage.Gone m:
                writer.Array(2).UInt(GoneKind).UInt(m.Height);
                break;
        }
    }

    internal static WireMessage? Read(ref Reader reader, int kind, int fields) => (kind, fields) switch
    {
        (GetSnapshotsKind, 1) => new WireMessage.GetSnapshots(),
        (SnapshotsKind, 2) => ReadSnapshots(ref reader),
        (GetHeaderKind, 2) => new WireMessage.GetHeader(reader.UInt()),
        (HeaderReplyKind, 2) => LightBlock.Read(ref reader) is { } block ? new WireMessage.HeaderReply(block) : null,
        (GetChunkKind, 4) => new WireMessage.GetChunk(reader.UInt(), ReadRange(ref reader)),
        (ChunkKind, 6) => ReadChunk(ref reader),
        (GoneKind, 2) => new WireMessage.Gone(reader.UInt()),
        _ => null,
    };

    private static void Write(Writer writer, HashRange range) => writer.Digest(range.From).Digest(range.To);

    private static HashRange ReadRange(ref Reader reader)
    {
        var range = new HashRange(reader.Digest(), reader.Digest());
        if (range.From > range.To)
            reader.Fail();
        return range;
    }

    private static WireMessage.Snapshots ReadSnapshots(ref Reader reader)
    {
        var heights = ImmutableArray.CreateBuilder<ulong>();
        for (int i = 0, n = reader.Count(OverlayLimits.SnapshotsPerPeerMax); i < n && !reader.Failed; i++)
            heights.Add(reader.UInt());
        return new(heights.ToImmutable());
    }

    private static WireMessage.Chunk ReadChunk(ref Reader reader)
    {
        var height = reader.UInt();
        var range = ReadRange(ref reader);
        var leaves = ImmutableArray.CreateBuilder<(byte[], byte[])>();
        for (int i = 0, n = reader.Count(OverlayLimits.ChunkLeavesMax); i < n && !reader.Failed; i++)
        {
            reader.Array(2);
            leaves.Add((reader.Bytes(Limits.StateKeyBytesMax).ToArray(),
                reader.Bytes(Limits.StateValueBytesMax).ToArray()));
        }
        return new(height, range, leaves.ToImmutable(), reader.Bytes(Limits.RangeProofBytesMax).ToArray());
    }
}

using System.Collections.Immutable;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.State;
using Ledger.Node.Overlay;
using Ledger.Node.Storage;

namespace Ledger.Node.Sync;

/// <summary>The answers to other peers' requests: what they ask decides what we read, so it is bounded.</summary>
internal static class Serving
{
    /// <summary>What to send for a request for blocks, a header or a part of a snapshot.</summary>
    internal static IEnumerable<WireMessage> Answers(WireMessage ask, ChainState state, Store store) => ask switch
    {
        WireMessage.GetBlocks blocks => Heights(blocks, state.Height)
            .Select(height => store.Block(height) is var (block, certificate)
                ? (WireMessage)new WireMessage.BlockReply(block, certificate)
                : new WireMessage.Gone(height)),
        WireMessage.GetHeader { Height: var height } =>
            [store.LightBlock(height) is { } block ? new WireMessage.HeaderReply(block) : new WireMessage.Gone(height)],
        WireMessage.GetChunk chunk => [Chunk(chunk, store.TreeOf(chunk.Height))],
        WireMessage.GetSnapshots => [Snapshots(state.Height, state.Parameters.SnapshotInterval, store.TreeOf)],
        _ => throw new InvalidOperationException($"no request: {ask.GetType().Name}"),
    };

    /// <summary>The heights to send for a request, in order; none above our tip.</summary>
    internal static IEnumerable<ulong> Heights(WireMessage.GetBlocks ask, ulong tip)
    {
        var count = ask.From == 0 || ask.From > tip
            ? 0
            : Math.Min((ulong)Math.Clamp(ask.Count, 0, OverlayLimits.BlocksPerRequestMax), tip - ask.From + 1);
        for (ulong i = 0; i < count; i++)
            yield return ask.From + i;
    }

    /// <summary>The heights of the newest snapshots: their state is here, and the header that commits to it.</summary>
    internal static WireMessage.Snapshots Snapshots(ulong tip, ulong interval, Func<ulong, StateTree?> treeOf)
    {
        var heights = ImmutableArray.CreateBuilder<ulong>();
        for (ulong i = 0; i < OverlayLimits.SnapshotsPerPeerMax && interval > 0 && tip > 0; i++)
            if ((tip - 1) / interval is var newest && newest > i && treeOf((newest - i) * interval) is not null)
                heights.Add((newest - i) * interval);
        return new(heights.ToImmutable());
    }

    /// <summary>As many leaves of a range as fit, with their proof.</summary>
    internal static WireMessage Chunk(WireMessage.GetChunk ask, StateTree? tree)
    {
        if (tree is null)
            return new WireMessage.Gone(ask.Height);
        var (end, bytes, leaves) = (ask.Range.To, 0, 0);
        Digest? last = null;
        foreach (var leaf in tree.LeavesFrom(ask.Range.From).TakeWhile(l => l.KeyHash <= ask.Range.To))
        {
            bytes += leaf.Key.Length + leaf.Value.Length;
            if (last is { } full && (bytes > OverlayLimits.ChunkBytesMax || leaves == OverlayLimits.ChunkLeavesMax))
            {
                end = full;
                break;
            }
            (last, leaves) = (leaf.KeyHash, leaves + 1);
        }
        var range = ask.Range with { To = end };
        var proof = tree.Prove(range, out var inside);
        return new WireMessage.Chunk(ask.Height, range, [.. inside.Select(l => (l.Key, l.Value))], proof);
    }
}

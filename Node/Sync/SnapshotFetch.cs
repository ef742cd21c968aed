using Ledger.Consensus.Crypto;
using Ledger.Consensus.Light;
using Ledger.Consensus.Tree;
using Ledger.Node.Overlay;

namespace Ledger.Node.Sync;

/// <summary>
/// One snapshot under way: first the headers, all from one guide so that it is known who lied; then the leaves, from
/// everybody.
/// </summary>
internal sealed class SnapshotFetch(ulong height, Trusted genesis, LightOptions options)
{
    // Peers deliver lanes side by side; sixteen are enough for as many peers as we dial.
    private const int Lanes = 16;

    private readonly SnapshotLane[] parts = [.. Enumerable.Range(0, Lanes).Select(LaneAt)];
    private Bisection way = new(genesis, height + 1, options);
    private LightBlock? last;
    private ulong? askedMs;

    internal ulong Height => height;

    /// <summary>Who is asked for headers.</summary>
    internal PeerId? Guide { get; private set; }

    /// <summary>The header that the guide was asked for; null once all are here.</summary>
    internal ulong? WantedHeader => !way.IsDone ? way.Wanted : last is null ? height : null;

    internal Digest StateRoot => Head.Header.StateRoot;

    internal long Bytes => parts.Sum(p => p.Bytes);

    private LightBlock Head => way.Chain[^1];

    internal SnapshotLane? LaneOf(PeerId peer, Digest from) => Array.Find(parts, p => p.Expects(peer, from));

    /// <summary>Takes the wanted header; false where it is none of the chain.</summary>
    internal bool TryFollow(LightBlock block, ulong wallMs)
    {
        askedMs = null;
        if (!way.IsDone)
            return way.Give(block, wallMs) == LightFault.None;
        // The header above was verified and names this one; its certificate must be one all the same.
        var isBelow = block.IsConsistent && block.Header.Digest() == Head.Header.PreviousBlock
            && block.Certificate.Verify(block.Header.ChainId, block.Validators);
        last = isBelow ? block : null;
        return isBelow;
    }

    /// <summary>What to ask whom, of those who offer this snapshot.</summary>
    internal IEnumerable<(PeerId Peer, WireMessage Message)> Requests(IReadOnlyList<PeerId> able, ulong nowMs)
    {
        if (WantedHeader is { } wanted)
        {
            if (askedMs is not null || able.Count == 0)
                yield break;
            Guide ??= able[0];
            askedMs = nowMs;
            yield return (Guide.Value, new WireMessage.GetHeader(wanted));
            yield break;
        }
        foreach (var lane in parts.Where(p => p.IsOpen))
        {
            var idle = able.Where(p => Load(p) < OverlayLimits.ChunksPerPeerMax).OrderBy(Load).ThenBy(p => p).ToList();
            if (idle.Count == 0)
                yield break;
            yield return (idle[0], lane.Ask(idle[0], height, nowMs));
        }
    }

    /// <summary>Who has had its time.</summary>
    internal IReadOnlyList<PeerId> Overdue(ulong nowMs) =>
    [
        .. parts.Where(p => p.IsOverdue(nowMs)).Select(p => p.From!.Value)
            .Concat(nowMs >= askedMs + OverlayLimits.SnapshotTimeoutMs ? [Guide!.Value] : [])
            .Distinct(),
    ];

    /// <summary>What a peer was asked for is asked of others.</summary>
    internal void Release(PeerId peer)
    {
        if (Guide == peer)
            StartOver();
        foreach (var lane in parts.Where(p => p.From == peer))
            lane.Reopen();
    }

    /// <summary>The snapshot once all of it is here.</summary>
    internal Snapshot? Result() => last is not null && Array.TrueForAll(parts, p => p.Rest is null)
        ? new(way.Chain, last, Head, [.. parts.SelectMany(p => p.Leaves)])
        : null;

    // What the last guide told may be part of a lie that is yet to come out: the next one begins at the beginning.
    private void StartOver()
    {
        (Guide, askedMs) = (null, null);
        if (!way.IsDone)
            way = new(genesis, height + 1, options);
    }

    private int Load(PeerId peer) => parts.Count(p => p.From == peer);

    // The key hashes in equal parts, by their highest bits.
    private static SnapshotLane LaneAt(int index)
    {
        const ulong width = ulong.MaxValue / Lanes + 1;
        var from = (ulong)index * width;
        return new(new(
            new(new(from, 0, 0, 0)), new(HashRange.Last.Value with { A = from + (width - 1) })));
    }
}

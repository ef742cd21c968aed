using Ledger.Consensus.Crypto;
using Ledger.Consensus.Light;
using Ledger.Consensus.State;
using Ledger.Node.Overlay;

namespace Ledger.Node.Sync;

/// <summary>
/// How a newcomer begins with a state instead of all blocks: it asks who has one, follows the headers from the genesis
/// to the one that commits to that state, and fetches the leaves in chunks, each with its proof, from all who offer it.
/// Nothing is believed: whoever lies or is silent is not asked again, and when nobody is left it is over, and blocks
/// are fetched as ever.
/// </summary>
internal sealed class SnapshotSync(ChainState first, LightOptions options)
{
    private readonly Trusted genesis = Trusted.Of(first);
    private readonly SortedDictionary<PeerId, SortedSet<ulong>> offers = [];
    private readonly SortedSet<PeerId> unasked = [];
    private readonly SortedSet<PeerId> silent = [];
    private ulong? beganMs;
    private ulong? offeredMs;
    private SnapshotFetch? fetch;

    /// <summary>Whether blocks should wait.</summary>
    internal bool IsActive { get; private set; } = first.Height == 0;

    /// <summary>The height whose state is being fetched; null before one was chosen.</summary>
    internal ulong? Target => fetch?.Height;

    internal void Joined(PeerId peer) => unasked.Add(peer);

    internal void Left(PeerId peer)
    {
        unasked.Remove(peer);
        Drop(peer);
    }

    /// <summary>The node has a block of its own: it goes on by blocks.</summary>
    internal void End() => (IsActive, fetch) = (false, null);

    /// <summary>What to ask for now. Call a few times a second.</summary>
    internal IReadOnlyList<OverlayEffect> Tick(ulong nowMs)
    {
        if (!IsActive)
            return [];
        var effects = new List<OverlayEffect>();
        foreach (var peer in unasked)
            effects.Add(new OverlayEffect.Send(peer, new WireMessage.GetSnapshots()));
        if (unasked.Count > 0)
            beganMs ??= nowMs;
        silent.UnionWith(unasked);
        unasked.Clear();
        DropOverdue(nowMs, effects);
        Choose(nowMs);
        Ask(nowMs, effects);
        return effects;
    }

    /// <summary>A peer says of which heights it has the state.</summary>
    internal void Receive(PeerId from, WireMessage.Snapshots list, ulong nowMs)
    {
        if (!IsActive || !silent.Remove(from))
            return;
        offers[from] = [.. list.Heights.Where(h => h >= OverlayLimits.SnapshotLeadMin && h < ulong.MaxValue)];
        if (offers[from].Count > 0)
            offeredMs ??= nowMs;
    }

    /// <summary>A header has come; <paramref name="wallMs"/> is what the clock on the wall says.</summary>
    internal IReadOnlyList<OverlayEffect> Receive(
        PeerId from, WireMessage.HeaderReply reply, ulong nowMs, ulong wallMs)
    {
        if (fetch is null || fetch.Guide != from || reply.Block.Height != fetch.WantedHeader)
            return [];
        return fetch.TryFollow(reply.Block, wallMs) ? Next(nowMs) : Refuse(from, nowMs);
    }

    /// <summary>A chunk has come. Only what was asked for, from whom it was asked, is heard.</summary>
    internal IReadOnlyList<OverlayEffect> Receive(PeerId from, WireMessage.Chunk chunk, ulong nowMs)
    {
        if (fetch is null || chunk.Height != fetch.Height || fetch.LaneOf(from, chunk.Range.From) is not { } lane)
            return [];
        if (!lane.TryAdd(chunk, fetch.StateRoot))
            return Refuse(from, nowMs);
        if (fetch.Bytes > OverlayLimits.SnapshotBytesMax)
            End();
        return Next(nowMs);
    }

    /// <summary>A peer has not got what it was asked for, perhaps not any more.</summary>
    internal void Receive(PeerId from, WireMessage.Gone gone)
    {
        if (fetch is { } current && (gone.Height == current.Height || current.Guide == from))
            Drop(from);
    }

    private List<OverlayEffect> Next(ulong nowMs)
    {
        if (fetch?.Result() is { } snapshot)
        {
            End();
            return [new OverlayEffect.SnapshotReady(snapshot)];
        }
        var effects = new List<OverlayEffect>();
        Ask(nowMs, effects);
        return effects;
    }

    private List<OverlayEffect> Refuse(PeerId liar, ulong nowMs)
    {
        Drop(liar);
        List<OverlayEffect> effects = [new OverlayEffect.Penalise(liar, Misdeed.BadSnapshot)];
        Choose(nowMs);
        Ask(nowMs, effects);
        return effects;
    }

    // What it delivered so far was proved, and stays.
    private void Drop(PeerId peer)
    {
        offers.Remove(peer);
        silent.Remove(peer);
        fetch?.Release(peer);
        if (fetch is { } current && !offers.Values.Any(o => o.Contains(current.Height)))
            fetch = null;
    }

    private void DropOverdue(ulong nowMs, List<OverlayEffect> effects)
    {
        foreach (var late in fetch?.Overdue(nowMs) ?? [])
        {
            effects.Add(new OverlayEffect.Penalise(late, Misdeed.TimedOut));
            Drop(late);
        }
    }

    // The newest state that anybody offers; a false offer costs its maker the guide's place, and then all of them.
    private void Choose(ulong nowMs)
    {
        if (fetch is not null || beganMs is not { } began)
            return;
        var best = offers.Values.SelectMany(o => o).DefaultIfEmpty().Max();
        var isOver = nowMs >= began + OverlayLimits.SnapshotLookMs || silent.Count == 0;
        if (best == 0 && isOver)
            End();
        else if (best > 0 && (isOver || nowMs >= offeredMs + OverlayLimits.SnapshotOffersMs))
            fetch = new(best, genesis, options);
    }

    private void Ask(ulong nowMs, List<OverlayEffect> effects)
    {
        if (fetch is not { } current)
            return;
        var able = offers.Where(o => o.Value.Contains(current.Height)).Select(o => o.Key).ToList();
        foreach (var (peer, message) in current.Requests(able, nowMs))
            effects.Add(new OverlayEffect.Send(peer, message));
    }
}

using Ledger.Consensus.Crypto;
using Ledger.Node.Overlay;

namespace Ledger.Node.Sync;

/// <summary>New chunks that peers are to hear of, gathered so that one message tells of several.</summary>
internal sealed class HaveBatches
{
    private readonly SortedDictionary<(PeerId Peer, Digest Id), List<int>> waiting = [];

    internal bool Any => waiting.Count > 0;

    internal void Add(Digest id, int chunk, IEnumerable<PeerId> peers)
    {
        foreach (var peer in peers)
            if (!waiting.TryGetValue((peer, id), out var chunks))
                waiting[(peer, id)] = [chunk];
            else if (!chunks.Contains(chunk))
                chunks.Add(chunk);
    }

    /// <summary>A peer has just been told all.</summary>
    internal void Forget(PeerId peer, Digest id) => waiting.Remove((peer, id));

    internal void Left(PeerId peer)
    {
        foreach (var key in waiting.Keys.Where(k => k.Peer == peer).ToList())
            waiting.Remove(key);
    }

    /// <summary>All that waits.</summary>
    internal IReadOnlyList<OverlayEffect> Take() => Take([.. waiting.Keys]);

    /// <summary>Batches that are worth a message by themselves.</summary>
    internal IReadOnlyList<OverlayEffect> TakeFull() =>
        Take([.. waiting.Where(w => w.Value.Count >= SwarmLimits.HaveAtOnce).Select(w => w.Key)]);

    private List<OverlayEffect> Take(List<(PeerId Peer, Digest Id)> keys)
    {
        var effects = new List<OverlayEffect>();
        foreach (var key in keys)
            if (waiting.Remove(key, out var chunks))
                effects.Add(new OverlayEffect.Send(key.Peer, new WireMessage.HaveMore(key.Id, [.. chunks])));
        return effects;
    }
}

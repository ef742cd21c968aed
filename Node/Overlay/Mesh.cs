using Ledger.Consensus.Crypto;

namespace Ledger.Node.Overlay;

/// <summary>
/// The few peers that are told at once what others say: all where there are few, some eight of many. Who takes another
/// into its mesh tells it (GRAFT) and is taken in or refused (PRUNE), so that most pairs agree on it. Only conduct and
/// chance decide who is in it, and some places are kept for peers that we have dialled, since nobody else chose them.
/// </summary>
internal sealed class Mesh(SplitMix64 random)
{
    private readonly SortedDictionary<PeerId, bool> outbound = [];
    private readonly SortedSet<PeerId> members = [];

    // When a peer that we refused may ask again, and when we may ask one that refused us.
    private readonly SortedDictionary<PeerId, ulong> refusedUntilMs = [];
    private readonly SortedDictionary<PeerId, ulong> waitUntilMs = [];

    internal IReadOnlyCollection<PeerId> Members => members;

    /// <summary>All peers, sorted.</summary>
    internal IReadOnlyCollection<PeerId> Peers => outbound.Keys;

    internal bool Contains(PeerId peer) => members.Contains(peer);

    internal List<OverlayEffect> Joined(PeerId peer, bool dialled)
    {
        outbound[peer] = dialled;
        return members.Count < GossipLimits.MeshSize ? [.. Graft([peer], 1)] : [];
    }

    internal void Left(PeerId peer)
    {
        outbound.Remove(peer);
        members.Remove(peer);
        refusedUntilMs.Remove(peer);
        waitUntilMs.Remove(peer);
    }

    /// <summary>A peer has taken us into its mesh.</summary>
    internal List<OverlayEffect> Grafted(PeerId from, Func<PeerId, int> scoreOf, ulong nowMs)
    {
        if (!outbound.TryGetValue(from, out var dialled) || members.Contains(from))
            return [];
        if (refusedUntilMs.TryGetValue(from, out var until) && nowMs < until)
            return [new OverlayEffect.Penalise(from, Misdeed.TooOften), Refuse(from, nowMs)];
        if (scoreOf(from) < 0 || members.Count >= GossipLimits.MeshMax && !dialled)
            return [Refuse(from, nowMs)];
        members.Add(from);
        return [];
    }

    /// <summary>A peer does not want us in its mesh for so long.</summary>
    internal void Pruned(PeerId from, ulong backoffMs, ulong nowMs)
    {
        if (!outbound.ContainsKey(from))
            return;
        members.Remove(from);
        waitUntilMs[from] =
            nowMs + Math.Clamp(backoffMs, GossipLimits.BackoffLeastMs, GossipLimits.BackoffMostMs);
    }

    /// <summary>Fills the mesh up or cuts it down. Call at each heartbeat.</summary>
    internal List<OverlayEffect> Tend(Func<PeerId, int> scoreOf, ulong nowMs)
    {
        foreach (var (peer, _) in refusedUntilMs.Where(r => nowMs >= r.Value).ToList())
            refusedUntilMs.Remove(peer);
        var effects = members.Where(p => scoreOf(p) < 0).ToList()
            .ConvertAll(p => (OverlayEffect)Refuse(p, nowMs));
        if (members.Count > GossipLimits.MeshMax)
            effects.AddRange(Surplus(scoreOf).Select(p => Refuse(p, nowMs)));
        var eligible = Shuffled(outbound.Keys.Where(p => IsEligible(p, scoreOf, nowMs)));
        if (members.Count < GossipLimits.MeshMin)
            effects.AddRange(Graft(eligible, GossipLimits.MeshSize - members.Count));
        var ours = members.Count(p => outbound[p]);
        effects.AddRange(Graft(
            eligible.Where(p => outbound[p] && !members.Contains(p)), GossipLimits.MeshOutboundMin - ours));
        return effects;
    }

    private bool IsEligible(PeerId peer, Func<PeerId, int> scoreOf, ulong nowMs) =>
        !members.Contains(peer) && scoreOf(peer) >= 0 && !refusedUntilMs.ContainsKey(peer)
        && !(waitUntilMs.TryGetValue(peer, out var until) && nowMs < until);

    // The best stay, then those that we have dialled, as far as they are needed, then any.
    private List<PeerId> Surplus(Func<PeerId, int> scoreOf)
    {
        var ranked = Shuffled(members).OrderByDescending(scoreOf).ToList();
        var kept = ranked.Take(GossipLimits.MeshBestKept).ToList();
        var dialled = ranked.Where(p => outbound[p]).Except(kept)
            .Take(GossipLimits.MeshOutboundMin - kept.Count(p => outbound[p]));
        kept.AddRange(dialled.ToList());
        kept.AddRange(Shuffled(ranked.Except(kept)).Take(GossipLimits.MeshSize - kept.Count));
        return [.. ranked.Except(kept)];
    }

    private List<OverlayEffect> Graft(IEnumerable<PeerId> peers, int count)
    {
        var chosen = peers.Take(Math.Max(count, 0)).ToList();
        members.UnionWith(chosen);
        return chosen.ConvertAll(p => (OverlayEffect)new OverlayEffect.Send(p, new WireMessage.Graft()));
    }

    private OverlayEffect.Send Refuse(PeerId peer, ulong nowMs)
    {
        members.Remove(peer);
        refusedUntilMs[peer] = nowMs + GossipLimits.BackoffMs;
        return new OverlayEffect.Send(peer, new WireMessage.Prune(GossipLimits.BackoffMs));
    }

    private List<PeerId> Shuffled(IEnumerable<PeerId> peers) =>
        [.. peers.Select(p => (Peer: p, Luck: random.Next())).OrderBy(p => p.Luck).Select(p => p.Peer)];
}

using Ledger.Consensus.Crypto;
using Ledger.Node.Overlay;

namespace Ledger.Node.Sync;

/// <summary>
/// Catches up by blocks. Peers' heights are claims: they say whom to ask, never what is true. Blocks come in any order
/// from several peers and leave in the order of height, each with its certificate, for the host to verify. It works
/// beside the agreement all the time, so a node may fall back to it and return to voting as often as it needs to.
/// </summary>
internal sealed class BlockSync(ulong tip, ulong seed)
{
    private readonly SortedDictionary<PeerId, SyncPeer> peers = [];
    private readonly SortedDictionary<ulong, BlockSlot> slots = [];
    private readonly SplitMix64 random = new(seed);
    private ulong? oneBehindSinceMs;
    private ulong? offered;
    // When our last block came by sync; null where agreement brought it.
    private ulong? syncedMs;

    /// <summary>The height of our last block.</summary>
    internal ulong Tip { get; private set; } = tip;

    /// <summary>Blocks in memory that wait for those before them.</summary>
    internal int Buffered => slots.Values.Count(s => s.Reply is not null);

    /// <summary>The greatest height that a peer claims and has not failed to deliver; for display.</summary>
    internal ulong BestClaim(ulong nowMs) => peers.Values.Select(p => p.Claim(nowMs)).DefaultIfEmpty().Max();

    /// <summary>
    /// Whether blocks keep coming that others have long had: the last one came by sync, at most
    /// <see cref="OverlayLimits.SyncStallMs"/> ago, and peers claim more than the next. A liar cannot make it true for
    /// who is at the tip. It never keeps a validator from voting.
    /// </summary>
    internal bool IsCatchingUp(ulong nowMs) =>
        nowMs < syncedMs + OverlayLimits.SyncStallMs && BestClaim(nowMs) > Tip + 1;

    /// <summary>A peer says that <paramref name="height"/> is its last block.</summary>
    internal void Claim(PeerId peer, ulong height, ulong nowMs)
    {
        if (!peers.TryGetValue(peer, out var known))
        {
            if (peers.Count >= OverlayLimits.SyncPeersMax && !TryForgetOne(nowMs))
                return;
            peers[peer] = known = new();
        }
        known.Claims(height, nowMs);
    }

    /// <summary>A connection has ended. Who has strikes is remembered: coming back must not clear them.</summary>
    internal void Left(PeerId peer)
    {
        if (!peers.TryGetValue(peer, out var known))
            return;
        known.Withdraw();
        if (!known.HasStrikes)
            peers.Remove(peer);
        foreach (var slot in slots.Values.Where(s => s.From == peer && s.Reply is null))
            slot.Reopen();
    }

    /// <summary>What to ask for now. Call a few times a second.</summary>
    internal IReadOnlyList<OverlayEffect> Tick(ulong nowMs)
    {
        var effects = new List<OverlayEffect>();
        DropOverdue(nowMs, effects);
        Ask(nowMs, effects);
        return effects;
    }

    /// <summary>A block has come. Only who was asked for it is heard.</summary>
    internal IReadOnlyList<OverlayEffect> Receive(PeerId from, WireMessage.BlockReply reply, ulong nowMs)
    {
        var height = reply.Block.Header.Height;
        if (!slots.TryGetValue(height, out var slot) || slot.Reply is not null)
            return [];
        if (!slot.WasAsked(from))
            return [new OverlayEffect.Penalise(from, Misdeed.Unsolicited)];
        if (reply.Certificate.Height != height || reply.Certificate.Block != reply.Block.Id)
            return Refuse(from, nowMs);
        slot.Fill(from, reply);
        peers.GetValueOrDefault(from)?.Delivered(reply.Block.Encoded.Length, nowMs);
        return Offer();
    }

    /// <summary>A peer lacks a block that it was asked for, as it began with a later state. That is no lie.</summary>
    internal void Receive(PeerId from, WireMessage.Gone gone)
    {
        if (slots.GetValueOrDefault(gone.Height) is not { Reply: null } slot || slot.From != from)
            return;
        peers.GetValueOrDefault(from)?.Lacks(gone.Height);
        foreach (var (height, other) in slots)
            if (height <= gone.Height && other.From == from && other.Reply is null)
                other.Reopen();
    }

    /// <summary>The block on offer was good and has been applied.</summary>
    internal IReadOnlyList<OverlayEffect> Verified(ulong height, ulong nowMs)
    {
        if (height != Tip + 1)
            return [];
        if (slots.GetValueOrDefault(height)?.From is { } sender)
            peers.GetValueOrDefault(sender)?.Forgive();
        var effects = Advanced(height);
        syncedMs = nowMs;
        return effects;
    }

    /// <summary>The block on offer was not what validators decided: its sender pays, others are asked.</summary>
    internal IReadOnlyList<OverlayEffect> Failed(ulong height, ulong nowMs)
    {
        if (height != Tip + 1 || offered != height)
            return [];
        offered = null;
        return slots.GetValueOrDefault(height)?.From is { } sender ? Refuse(sender, nowMs) : [];
    }

    /// <summary>The tip has moved, by sync or by agreement.</summary>
    internal IReadOnlyList<OverlayEffect> Advanced(ulong height)
    {
        if (height <= Tip)
            return [];
        Tip = height;
        (offered, oneBehindSinceMs, syncedMs) = (null, null, null);
        foreach (var done in slots.Keys.TakeWhile(h => h <= height).ToList())
            slots.Remove(done);
        return Offer();
    }

    private List<OverlayEffect> Offer()
    {
        if (offered is not null || slots.GetValueOrDefault(Tip + 1) is not { From: { } sender, Reply: { } reply })
            return [];
        offered = Tip + 1;
        return [new OverlayEffect.VerifyBlock(sender, reply.Block, reply.Certificate)];
    }

    // Nothing that a liar has sent is kept: it would only cost one more verification each.
    private List<OverlayEffect> Refuse(PeerId liar, ulong nowMs)
    {
        peers.GetValueOrDefault(liar)?.Strike(nowMs);
        foreach (var (height, slot) in slots)
            if (slot.From == liar && height != offered)
                slot.Reopen();
        return [new OverlayEffect.Penalise(liar, Misdeed.BadBlock)];
    }

    private void DropOverdue(ulong nowMs, List<OverlayEffect> effects)
    {
        var late = new SortedSet<PeerId>(slots.Values
            .Where(s => s.From is { } p && s.IsOverdue(peers.GetValueOrDefault(p)?.DeliveredMs ?? 0, nowMs))
            .Select(s => s.From!.Value));
        foreach (var slot in slots.Values)
            if (slot is { Reply: null, From: { } peer } && late.Contains(peer))
                slot.Reopen();
        foreach (var peer in late)
        {
            peers.GetValueOrDefault(peer)?.Strike(nowMs);
            effects.Add(new OverlayEffect.Penalise(peer, Misdeed.TimedOut));
        }
    }

    private void Ask(ulong nowMs, List<OverlayEffect> effects)
    {
        var best = BestClaim(nowMs);
        if (best <= Tip || best == Tip + 1 && !HasWaitedForVotes(nowMs))
            return;
        var last = Math.Min(best, Tip + OverlayLimits.SyncWindow);
        for (var height = Tip + 1; height <= last;)
        {
            var count = IsOpen(height) && Choose(height, nowMs) is { } peer
                ? AskRange(peer, height, last, nowMs, effects)
                : 1;
            height += (ulong)count;
        }
    }

    private bool HasWaitedForVotes(ulong nowMs)
    {
        oneBehindSinceMs ??= nowMs;
        return nowMs >= oneBehindSinceMs + OverlayLimits.OneBehindMs;
    }

    private bool IsOpen(ulong height) => slots.GetValueOrDefault(height) is null or { IsOpen: true };

    // Who has not been asked for this height comes first, then who has least to do.
    private PeerId? Choose(ulong height, ulong nowMs)
    {
        var able = peers.Where(p => p.Value.Has(height, nowMs) && UnderWay(p.Key) < p.Value.Room)
            .Select(p => (p.Key, Luck: random.Next())).ToList();
        return able.Count == 0
            ? null
            : able.OrderBy(p => slots.GetValueOrDefault(height)?.WasAsked(p.Key) ?? false)
                .ThenBy(p => UnderWay(p.Key)).ThenBy(p => p.Luck).First().Key;
    }

    private int UnderWay(PeerId peer) => slots.Values.Count(s => s.From == peer && s.Reply is null);

    private int AskRange(PeerId peer, ulong from, ulong last, ulong nowMs, List<OverlayEffect> effects)
    {
        var most = Math.Min(OverlayLimits.BlocksPerRequestMax, peers[peer].Room - UnderWay(peer));
        var end = Math.Min(last, peers[peer].Claim(nowMs));
        var count = 0;
        while (count < most && from + (ulong)count <= end && IsOpen(from + (ulong)count))
        {
            var height = from + (ulong)count++;
            if (!slots.TryGetValue(height, out var slot))
                slots[height] = slot = new();
            slot.Ask(peer, nowMs);
        }
        effects.Add(new OverlayEffect.Send(peer, new WireMessage.GetBlocks(from, count)));
        return count;
    }

    private bool TryForgetOne(ulong nowMs)
    {
        var idle = peers.Where(p => p.Value.Claim(nowMs) == 0)
            .OrderBy(p => p.Value.IgnoredUntilMs).Select(p => p.Key).ToList();
        return idle is [var first, ..] && peers.Remove(first);
    }
}

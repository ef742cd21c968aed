using Ledger.Consensus.Crypto;

namespace Ledger.Node.Overlay;

/// <summary>
/// Lets two peers behind address translators find each other: one that both are connected to tells each where it sees
/// the other, and both dial at once, so that each translator takes the other's packets for an answer. Nobody passes on
/// more than these two messages, and nobody dials more often for it than the bounds say.
/// </summary>
internal sealed class HolePunching(PeerBook book)
{
    // By peer: when it was last helped, when it last made us dial, and when we last asked for somebody.
    private readonly SortedDictionary<PeerId, ulong> helpedMs = [];
    private readonly SortedDictionary<PeerId, ulong> obeyedMs = [];
    private readonly SortedDictionary<PeerId, ulong> askedMs = [];

    /// <summary>A peer did not answer: ask whoever told us of it.</summary>
    internal IReadOnlyList<OverlayEffect> Unreached(PeerId peer, ulong nowMs)
    {
        foreach (var (old, _) in askedMs.Where(a => nowMs >= a.Value + OverlayLimits.PunchAgainMs).ToList())
            askedMs.Remove(old);
        if (book.Find(peer) is not { Source: { } source } || book.Find(source) is not { IsConnected: true }
            || askedMs.Count >= OverlayLimits.PunchesMax || !askedMs.TryAdd(peer, nowMs))
            return [];
        return [new OverlayEffect.Send(source, new WireMessage.GetPunch(peer))];
    }

    /// <summary>A peer asks us to bring it together with another.</summary>
    internal IReadOnlyList<OverlayEffect> Help(PeerId from, PeerId target, ulong nowMs)
    {
        if (IsTooSoon(helpedMs, from, nowMs))
            return [new OverlayEffect.Penalise(from, Misdeed.TooOften)];
        if (from == target || book.Find(from) is not { IsConnected: true } one
            || book.Find(target) is not { IsConnected: true } other)
            return [];
        return
        [
            new OverlayEffect.Send(target, new WireMessage.Punch(new(from, one.Address))),
            new OverlayEffect.Send(from, new WireMessage.Punch(new(target, other.Address))),
        ];
    }

    /// <summary>Whom to dial now because a common peer says so; null where it may not make us.</summary>
    internal KnownPeer? Obey(PeerId from, KnownPeer peer, ulong nowMs)
    {
        if (IsTooSoon(obeyedMs, from, nowMs) || book.Find(from) is not { IsConnected: true } teller)
            return null;
        return book.MayDial(peer, teller, nowMs) ? peer : null;
    }

    internal void Left(PeerId peer)
    {
        helpedMs.Remove(peer);
        obeyedMs.Remove(peer);
    }

    private static bool IsTooSoon(SortedDictionary<PeerId, ulong> times, PeerId peer, ulong nowMs)
    {
        if (times.TryGetValue(peer, out var last) && nowMs < last + OverlayLimits.PunchEveryMs)
            return true;
        times[peer] = nowMs;
        return false;
    }
}

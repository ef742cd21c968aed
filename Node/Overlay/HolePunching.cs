using Ledger.Consensus.Crypto;

namespace Ledger.Node.Overlay;

/// <summary>
/// Lets two peers behind address translators find each other: one that both are connected to tells each where it sees
/// the other, and both knock at their own translators, then dial, so that each translator takes the other's packets for
/// an answer. Some take who comes before the knock for a stranger, and for half a minute after: so this comes before
/// the first dial, not after it has failed. Nobody passes on more than these two messages, and nobody dials more often
/// for it than the bounds say.
/// </summary>
internal sealed class HolePunching(PeerBook book)
{
    // By peer: when it was last helped, when it last made us dial, and when we last asked it for somebody.
    private readonly SortedDictionary<PeerId, ulong> helpedMs = [];
    private readonly SortedDictionary<PeerId, ulong> obeyedMs = [];
    private readonly SortedDictionary<PeerId, ulong> askedMs = [];

    /// <summary>A peer is to be dialled: whom to ask to bring us together, best of all who told us of it; null where
    /// nobody can, or where there is no translator on the way.</summary>
    internal PeerId? HelperFor(PeerId peer, ulong nowMs)
    {
        if (book.Find(peer) is not { Bootstrap: false } wanted
            || Reaches.Of(wanted.Address.Address) == Reach.Loopback)
            return null;
        var helper = book.Connected.OrderByDescending(e => e.Id == wanted.Source)
            .ThenBy(e => askedMs.GetValueOrDefault(e.Id)).FirstOrDefault();
        return helper is null || IsTooSoon(askedMs, helper.Id, nowMs, OverlayLimits.PunchAskMs) ? null : helper.Id;
    }

    /// <summary>A peer asks us to bring it together with another.</summary>
    internal IReadOnlyList<OverlayEffect> Help(PeerId from, PeerId target, ulong nowMs)
    {
        if (IsTooSoon(helpedMs, from, nowMs, OverlayLimits.PunchEveryMs))
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
        if (IsTooSoon(obeyedMs, from, nowMs, OverlayLimits.PunchEveryMs)
            || book.Find(from) is not { IsConnected: true } teller)
            return null;
        return book.MayDial(peer, teller, nowMs) ? peer : null;
    }

    internal void Left(PeerId peer)
    {
        helpedMs.Remove(peer);
        obeyedMs.Remove(peer);
        askedMs.Remove(peer);
    }

    private static bool IsTooSoon(SortedDictionary<PeerId, ulong> times, PeerId peer, ulong nowMs, ulong everyMs)
    {
        if (times.TryGetValue(peer, out var last) && nowMs < last + everyMs)
            return true;
        times[peer] = nowMs;
        return false;
    }
}

using Ledger.Consensus.Crypto;

namespace Ledger.Node.Overlay;

/// <summary>
/// Asks connected peers for addresses, one after the other, and answers those who ask. An answer that nobody asked for
/// is not learnt, and nobody is answered more often than we would ask.
/// </summary>
internal sealed class PeerExchange(PeerBook book)
{
    private readonly SortedDictionary<PeerId, ulong> askedMs = [];
    private readonly SortedDictionary<PeerId, ulong> answeredMs = [];
    private readonly SortedSet<PeerId> awaited = [];
    private ulong nextMs;

    /// <summary>The question that is due, to the connected peer that was asked longest ago.</summary>
    internal IReadOnlyList<OverlayEffect> Tick(ulong nowMs)
    {
        if (nowMs < nextMs)
            return [];
        var next = book.Connected.OrderBy(e => askedMs.GetValueOrDefault(e.Id)).FirstOrDefault();
        if (next is null || askedMs.TryGetValue(next.Id, out var asked) && nowMs < asked + OverlayLimits.PeerExchangeMs)
            return [];
        nextMs = nowMs + (book.Entries.Count < OverlayLimits.FewPeers
            ? OverlayLimits.FirstPeerExchangeMs : OverlayLimits.PeerExchangeMs);
        askedMs[next.Id] = nowMs;
        awaited.Add(next.Id);
        return [new OverlayEffect.Send(next.Id, new WireMessage.GetPeers())];
    }

    internal IReadOnlyList<OverlayEffect> Answer(PeerId from, ulong nowMs)
    {
        if (answeredMs.TryGetValue(from, out var last) && nowMs < last + OverlayLimits.PeerExchangeMs / 2)
            return [new OverlayEffect.Penalise(from, Misdeed.TooOften)];
        answeredMs[from] = nowMs;
        return [new OverlayEffect.Send(from, new WireMessage.Peers([.. book.PassOn(from, nowMs)]))];
    }

    internal IReadOnlyList<OverlayEffect> Learn(PeerId from, WireMessage.Peers answer, ulong nowMs)
    {
        if (!awaited.Remove(from))
            return [new OverlayEffect.Penalise(from, Misdeed.Unsolicited)];
        book.Learn(from, answer.List, nowMs);
        return [];
    }

    /// <summary>Forgets a peer whose connection has ended; what it knows is bounded by the connections so.</summary>
    internal void Left(PeerId peer)
    {
        askedMs.Remove(peer);
        answeredMs.Remove(peer);
        awaited.Remove(peer);
    }
}

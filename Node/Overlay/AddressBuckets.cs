using Ledger.Consensus.Crypto;

namespace Ledger.Node.Overlay;

/// <summary>
/// The two tables of the peer book: hearsay (new), and those that answered when we dialled (tried). A tried peer gives
/// way to another only after it has failed to answer (test before evict, as in Bitcoin's addrman).
/// </summary>
internal sealed class AddressBuckets(ulong secret)
{
    private readonly AddressTable fresh =
        new(secret, "new", OverlayLimits.NewBuckets, OverlayLimits.NewBucketsPerSource);

    private readonly AddressTable tried =
        new(secret, "tried", OverlayLimits.TriedBuckets, OverlayLimits.TriedBucketsPerGroup);

    // Who must be tested, and who takes its place if it does not answer.
    private readonly SortedDictionary<PeerId, PeerId> doubted = [];

    internal IEnumerable<PeerId> Doubted => doubted.Keys;

    internal IEnumerable<(int Bucket, PeerId Peer)> New => fresh.All;

    internal IEnumerable<(int Bucket, PeerId Peer)> Tried => tried.All;

    internal bool Contains(PeerId peer) => fresh.Contains(peer) || tried.Contains(peer);

    internal bool IsTried(PeerId peer) => tried.Contains(peer);

    /// <summary>Whose place among the new an address would take; null where it is free.</summary>
    internal PeerId? InTheWay(PeerEntry entry, NetworkGroup source)
    {
        var occupant = fresh.At(fresh.PlaceOf(entry.Id, entry.Address.Address, source));
        return occupant == entry.Id ? null : occupant;
    }

    internal void PutNew(PeerEntry entry, NetworkGroup source) =>
        fresh.Put(fresh.PlaceOf(entry.Id, entry.Address.Address, source), entry.Id);

    /// <summary>
    /// Moves a peer that answered among the tried. Where another is in its place, that one is tested first, or it goes
    /// at once and is returned.
    /// </summary>
    internal PeerId? TryPromote(PeerEntry entry, Func<PeerId, bool> mayGo)
    {
        doubted.Remove(entry.Id);
        var place = tried.PlaceOf(entry.Id, entry.Address.Address, entry.Group);
        var occupant = tried.At(place);
        if (occupant is { } other && other != entry.Id && !mayGo(other))
        {
            if (doubted.Count < OverlayLimits.DoubtedMax)
                doubted.TryAdd(other, entry.Id);
            return null;
        }
        fresh.Remove(entry.Id);
        tried.Put(place, entry.Id);
        return occupant == entry.Id ? null : occupant;
    }

    /// <summary>A peer did not answer; who takes its place, if somebody waits for it.</summary>
    internal PeerId? Failed(PeerId peer)
    {
        if (!doubted.Remove(peer, out var successor))
            return null;
        tried.Remove(peer);
        return successor;
    }

    internal void Remove(PeerId peer)
    {
        fresh.Remove(peer);
        tried.Remove(peer);
        doubted.Remove(peer);
    }
}

using Ledger.Consensus.Crypto;

namespace Ledger.Node.Overlay;

/// <summary>
/// Whom to dial: the anchors of the last run, then whom a person named, then by turns a tried and a new address. Each
/// bucket has the same chance, however full it is, and each network group has one connection.
/// </summary>
internal sealed class DialChoice(
    SortedDictionary<PeerId, PeerEntry> entries, AddressBuckets buckets, SplitMix64 random)
{
    /// <summary>As many as there is room for beside those that are connected or dialled already.</summary>
    internal List<PeerEntry> Take(IReadOnlyCollection<PeerEntry> busy, Func<PeerEntry, bool> isDue)
    {
        var groups = busy.GroupBy(e => e.Group).ToDictionary(g => g.Key, g => g.Count());
        var chosen = new List<PeerEntry>();
        foreach (var entry in Candidates(isDue))
        {
            if (busy.Count + chosen.Count >= OverlayLimits.OutboundMax)
                break;
            var taken = groups.GetValueOrDefault(entry.Group);
            if (!entry.Bootstrap && taken >= MostOf(entry))
                continue;
            groups[entry.Group] = taken + 1;
            chosen.Add(entry);
        }
        return chosen;
    }

    private static int MostOf(PeerEntry entry) => Reaches.Of(entry.Address.Address) switch
    {
        Reach.Loopback => int.MaxValue,
        Reach.Private => OverlayLimits.OutboundPerPrivateGroupMax,
        _ => OverlayLimits.OutboundPerGroupMax,
    };

    private IEnumerable<PeerEntry> Candidates(Func<PeerEntry, bool> isDue)
    {
        var first = entries.Values.Where(e => (e.Anchor || e.Bootstrap) && isDue(e)).ToList();
        var (tried, fresh) = (Drawn(buckets.Tried, isDue), Drawn(buckets.New, isDue));
        var (turns, rest) = (Math.Min(tried.Count, fresh.Count), tried.Count > fresh.Count ? tried : fresh);
        return first.Where(e => e.Anchor).Concat(first.Where(e => !e.Anchor))
            .Concat(Enumerable.Range(0, turns).SelectMany(i => (PeerEntry[])[tried[i], fresh[i]]))
            .Concat(rest.Skip(turns))
            .DistinctBy(e => e.Id);
    }

    private List<PeerEntry> Drawn(IEnumerable<(int Bucket, PeerId Peer)> table, Func<PeerEntry, bool> isDue) =>
    [
        .. table.Where(t => isDue(entries[t.Peer])).GroupBy(t => t.Bucket)
            .SelectMany(b => b.Select(t => (t.Peer, Luck: random.Next())).OrderBy(t => t.Luck).Index())
            .Select(t => (t.Item.Peer, Turn: t.Index, Luck: random.Next())).ToList()
            .OrderBy(t => t.Turn).ThenBy(t => t.Luck).Select(t => entries[t.Peer]),
    ];
}

using System.Globalization;
using System.Net;
using Ledger.Consensus.Crypto;

namespace Ledger.Node.Overlay;

/// <summary>
/// Who we know, whom we are connected to and whom to dial next. Addresses from others are hearsay: they are dialled,
/// but only peers that we met ourselves are passed on, and nobody's hearsay replaces an address that works.
/// </summary>
internal sealed class PeerBook
{
    private const int FailuresKept = 30;

    // Sorted, so that no choice depends on hashing.
    private readonly SortedDictionary<PeerId, PeerEntry> entries = [];
    private readonly PeerId me;
    private readonly SplitMix64 random;

    internal PeerBook(PeerId me, ulong seed, IEnumerable<KnownPeer> bootstrap)
    {
        this.me = me;
        random = new(seed);
        foreach (var peer in bootstrap)
            if (peer.Id != me)
                entries[peer.Id] = new(peer.Id, KnownPeer.Plain(peer.Address), null, Bootstrap: true);
    }

    internal PeerScores Scores { get; } = new();

    internal IReadOnlyCollection<PeerEntry> Entries => entries.Values;

    internal IEnumerable<PeerEntry> Connected => entries.Values.Where(e => e.IsConnected);

    /// <summary>Whom to dial now: they count as being dialled until connected or failed.</summary>
    internal IReadOnlyList<KnownPeer> ToDial(ulong nowMs)
    {
        GiveUpSilentDials(nowMs);
        var busy = entries.Values.Count(e => e.Link is PeerLink.Dialling or PeerLink.Outbound);
        var due = entries.Values
            .Where(e => e.Link == PeerLink.None && e.NextDialMs <= nowMs && !Scores.IsBanned(e.Id, nowMs))
            .Select(e => (Entry: e, Luck: random.Next())).ToList();
        var chosen = due.OrderByDescending(d => d.Entry.Bootstrap)
            .ThenByDescending(d => d.Entry.LastSuccessMs is not null)
            .ThenBy(d => d.Entry.Failures).ThenBy(d => d.Luck)
            .Take(Math.Max(OverlayLimits.OutboundMax - busy, 0)).Select(d => d.Entry).ToList();
        foreach (var entry in chosen)
            entries[entry.Id] = entry with
            {
                Link = PeerLink.Dialling,
                NextDialMs = nowMs + OverlayLimits.DialTimeoutMs,
            };
        return [.. chosen.Select(e => new KnownPeer(e.Id, e.Address))];
    }

    /// <summary>A handshake has proved who is there; false where we do not want the connection.</summary>
    internal bool Connect(PeerId id, IPEndPoint address, bool inbound, ulong nowMs)
    {
        if (id == me || Scores.IsBanned(id, nowMs) || !HasRoom(id, inbound))
            return false;
        var plain = KnownPeer.Plain(address);
        var known = entries.GetValueOrDefault(id) ?? new(id, plain, null, Bootstrap: false);
        entries[id] = known with
        {
            // What a person wrote down stays as it is; anything else follows the peer that has just proved itself.
            Address = known.Bootstrap ? known.Address : plain,
            Link = inbound ? PeerLink.Inbound : PeerLink.Outbound,
            LastSuccessMs = nowMs,
            Failures = 0,
            NextDialMs = nowMs,
        };
        Trim(except: id);
        return true;
    }

    /// <summary>Whether what comes from this peer is to be heard: connected, and not banned since.</summary>
    internal bool Hears(PeerId id, ulong nowMs) =>
        entries.TryGetValue(id, out var known) && known.IsConnected && !Scores.IsBanned(id, nowMs);

    /// <summary>A dial came to nothing, or a connection has ended.</summary>
    internal void Disconnect(PeerId id, ulong nowMs)
    {
        if (!entries.TryGetValue(id, out var entry) || entry.Link == PeerLink.None)
            return;
        // Also an ended connection costs a first pause: one that ends at once must not be dialled in a tight loop.
        var after = entry.AfterFailure(nowMs, random.Next() % OverlayLimits.DialBackoffMs);
        if (after is { Bootstrap: false, LastSuccessMs: null } && after.Failures >= OverlayLimits.DialFailuresMax)
            entries.Remove(id);
        else
            entries[id] = after with { Failures = Math.Min(after.Failures, FailuresKept) };
    }

    /// <summary>Adds points; true where the peer is banned by them and its connection must end.</summary>
    internal bool Penalise(PeerId id, Misdeed misdeed, ulong nowMs) => Scores.Penalise(id, misdeed, nowMs);

    /// <summary>Takes addresses from a peer: new ones, and others for peers that no longer answer.</summary>
    internal void Learn(PeerId source, IEnumerable<KnownPeer> peers, ulong nowMs)
    {
        var learnt = entries.Values.Count(e => e.Source == source);
        foreach (var peer in peers.Take(OverlayLimits.PeersPerMessageMax))
        {
            if (peer.Id == me || Scores.IsBanned(peer.Id, nowMs))
                continue;
            if (entries.TryGetValue(peer.Id, out var known))
            {
                if (known.MayMove)
                    entries[peer.Id] = known with { Address = KnownPeer.Plain(peer.Address) };
            }
            else if (learnt < OverlayLimits.LearntPerSourceMax)
            {
                entries[peer.Id] = new(peer.Id, KnownPeer.Plain(peer.Address), source, Bootstrap: false);
                learnt++;
                Trim(except: peer.Id);
            }
        }
    }

    /// <summary>Who is passed on to <paramref name="asker"/>: peers that we met within a day, at random.</summary>
    internal IReadOnlyList<KnownPeer> PassOn(PeerId asker, ulong nowMs) =>
    [
        .. entries.Values
            .Where(e => e.Id != asker && !Scores.IsBanned(e.Id, nowMs)
                && (e.IsConnected || e.LastSuccessMs is { } met && nowMs < met + OverlayLimits.PassOnMs))
            .Select(e => (Peer: new KnownPeer(e.Id, e.Address), e.IsConnected, Luck: random.Next())).ToList()
            .OrderByDescending(e => e.IsConnected).ThenBy(e => e.Luck)
            .Take(OverlayLimits.PeersPerMessageMax).Select(e => e.Peer),
    ];

    /// <summary>The peers we have met, one a line: ID@ADDRESS:PORT and when.</summary>
    internal IReadOnlyList<string> Export() =>
    [
        .. entries.Values.Where(e => e.LastSuccessMs is not null)
            .Select(e => string.Create(CultureInfo.InvariantCulture, $"{e.Id}@{e.Address} {e.LastSuccessMs}")),
    ];

    /// <summary>Takes back what <see cref="Export"/> gave; lines that make no sense are left out and counted.</summary>
    internal int Import(IEnumerable<string> lines, ulong nowMs)
    {
        var bad = 0;
        foreach (var line in lines)
            if (line.Split(' ') is [var text, var when] && KnownPeer.TryParse(text, out var peer)
                && ulong.TryParse(when, NumberStyles.None, CultureInfo.InvariantCulture, out var met))
                Remember(peer, Math.Min(met, nowMs));
            else
                bad++;
        return bad;
    }

    private void Remember(KnownPeer peer, ulong metMs)
    {
        if (peer.Id == me || entries.GetValueOrDefault(peer.Id) is { Bootstrap: false })
            return;
        entries[peer.Id] = entries.TryGetValue(peer.Id, out var known)
            ? known with { LastSuccessMs = metMs }
            : new(peer.Id, peer.Address, null, Bootstrap: false) { LastSuccessMs = metMs };
        Trim(except: peer.Id);
    }

    private bool HasRoom(PeerId id, bool inbound)
    {
        if (entries.TryGetValue(id, out var known) && known.IsConnected)
            return true;
        var (link, max) = inbound
            ? (PeerLink.Inbound, OverlayLimits.InboundMax)
            : (PeerLink.Outbound, OverlayLimits.OutboundMax);
        return entries.Values.Count(e => e.Link == link) < max;
    }

    private void GiveUpSilentDials(ulong nowMs)
    {
        foreach (var silent in entries.Values.Where(e => e.Link == PeerLink.Dialling && e.NextDialMs <= nowMs).ToList())
            Disconnect(silent.Id, nowMs);
    }

    // Hearsay gives way first, then whom we have not met for longest; never a connection or the bootstrap list.
    private void Trim(PeerId except)
    {
        if (entries.Count <= OverlayLimits.KnownPeersMax)
            return;
        var least = entries.Values.Where(e => !e.Bootstrap && e.Link == PeerLink.None && e.Id != except)
            .OrderBy(e => e.LastSuccessMs is not null).ThenByDescending(e => e.Failures).ThenBy(e => e.LastSuccessMs)
            .FirstOrDefault();
        if (least is not null)
            entries.Remove(least.Id);
    }
}

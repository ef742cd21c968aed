using System.Globalization;
using System.Net;
using Ledger.Consensus.Crypto;
using Ledger.Node.Transport;

namespace Ledger.Node.Overlay;

/// <summary>
/// Who we know, whom we are connected to and whom to dial next. Addresses from others are hearsay: they are dialled,
/// but only peers that we met ourselves are passed on, and nobody's hearsay replaces an address that works.
/// </summary>
internal sealed class PeerBook
{
    // Sorted, so that no choice depends on hashing.
    private readonly SortedDictionary<PeerId, PeerEntry> entries = [];
    private readonly SortedDictionary<PeerId, IPAddress> banned = [];
    private readonly PeerId me;
    private readonly SplitMix64 random;
    private readonly AddressBuckets buckets;
    private ulong probeMs;

    internal PeerBook(PeerId me, ulong seed, IEnumerable<KnownPeer> bootstrap)
    {
        this.me = me;
        random = new(seed);
        buckets = new(random.Next());
        foreach (var peer in bootstrap)
            if (peer.Id != me)
                entries[peer.Id] = new(peer.Id, KnownPeer.Plain(peer.Address), null, Bootstrap: true);
    }

    internal PeerScores Scores { get; } = new();

    internal IReadOnlyCollection<PeerEntry> Entries => entries.Values;

    internal IEnumerable<PeerEntry> Connected => entries.Values.Where(e => e.IsConnected);

    internal PeerEntry? Find(PeerId id) => entries.GetValueOrDefault(id);

    /// <summary>Whom to dial now: they count as being dialled until connected or failed.</summary>
    internal IReadOnlyList<KnownPeer> ToDial(ulong nowMs)
    {
        GiveUpSilentDials(nowMs);
        var busy = entries.Values.Where(e => e.Link is PeerLink.Dialling or PeerLink.Outbound).ToList();
        var chosen = busy.Count < OverlayLimits.OutboundMax
            ? new DialChoice(entries, buckets, random).Take(busy, e => IsDue(e, nowMs))
            : [];
        foreach (var entry in chosen)
            Dial(entry, PeerLink.Dialling, nowMs);
        if (busy.Count + chosen.Count >= OverlayLimits.OutboundMax && Probe(nowMs) is { } probe)
            chosen = [.. chosen, probe];
        return [.. chosen.Select(e => new KnownPeer(e.Id, e.Address))];
    }

    /// <summary>A handshake has proved who is there; why we do not want the connection, or null where we do.</summary>
    internal CloseReason? Connect(PeerId id, IPEndPoint address, bool inbound, ulong nowMs)
    {
        var plain = KnownPeer.Plain(address);
        if (id == me || Scores.IsBanned(id, nowMs) || SharesAddressWithBanned(plain.Address, nowMs))
            return CloseReason.Misbehaviour;
        var known = entries.GetValueOrDefault(id) ?? new(id, plain, null, Bootstrap: false);
        var probed = known.Link == PeerLink.Probing && !inbound;
        if (!probed && !known.IsConnected && !HasRoom(known with { Address = plain }, inbound))
            return CloseReason.TooManyPeers;
        entries[id] = known with
        {
            // What a person wrote down stays as it is; anything else follows the peer that has just proved itself.
            Address = known.Bootstrap ? known.Address : plain,
            Link = probed ? PeerLink.None : inbound ? PeerLink.Inbound : PeerLink.Outbound,
            ConnectedMs = nowMs,
            LastSuccessMs = nowMs,
            NextDialMs = nowMs,
        };
        // Whoever dials us chooses to be known; only whom we have dialled ourselves is tried and good.
        Place(entries[id], tried: !inbound, nowMs);
        return probed ? CloseReason.Goodbye : null;
    }

    /// <summary>A connected peer has proved to receive at another address: there others find it from now on.</summary>
    internal void Move(PeerId id, IPEndPoint address)
    {
        if (entries.TryGetValue(id, out var known) && known is { IsConnected: true, Bootstrap: false })
            entries[id] = known with { Address = KnownPeer.Plain(address) };
    }

    /// <summary>The inbound peer that must go, since there are too many; null where there are not.</summary>
    internal PeerId? Surplus(PeerId newcomer, ulong nowMs)
    {
        var inbound = entries.Values.Where(e => e.Link == PeerLink.Inbound && e.Id != newcomer).ToList();
        if (inbound.Count < OverlayLimits.InboundMax)
            return null;
        // What an attacker cannot have cheaply is a long time with us and being of use to us.
        var open = inbound.OrderBy(e => e.ConnectedMs).Skip(OverlayLimits.OldestKept)
            .OrderByDescending(e => Scores.ScoreOf(e.Id, nowMs)).Skip(OverlayLimits.MostUsefulKept).ToList();
        return open.GroupBy(e => e.Group).OrderByDescending(g => g.Count()).ThenByDescending(g => g.Max(Age))
            .Select(g => g.MaxBy(Age)!.Id).First();

        static ulong Age(PeerEntry entry) => entry.ConnectedMs;
    }

    /// <summary>Whether a peer may be dialled because another says where it is.</summary>
    internal bool MayDial(KnownPeer peer, PeerEntry teller, ulong nowMs) =>
        peer.Id != me && !Scores.IsBanned(peer.Id, nowMs)
        && Reaches.MayTell(teller.Address.Address, peer.Address.Address)
        && entries.GetValueOrDefault(peer.Id) is not { Link: PeerLink.Outbound or PeerLink.Inbound };

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
        entries[id] = after;
        if (!entry.IsConnected && buckets.Failed(id) is { } successor && entries.TryGetValue(successor, out var next))
            Place(next, tried: true, nowMs);
        if (after.LastSuccessMs is null && after.Failures >= OverlayLimits.DialFailuresMax && !after.Bootstrap)
            buckets.Remove(id);
        ForgetUnlessKept(id);
    }

    /// <summary>Adds points; true where the peer is banned by them and its connection must end.</summary>
    internal bool Penalise(PeerId id, Misdeed misdeed, ulong nowMs)
    {
        if (!Scores.Penalise(id, misdeed, nowMs))
            return false;
        if (banned.Count < OverlayLimits.ScoredPeersMax && entries.TryGetValue(id, out var entry))
            banned[id] = entry.Address.Address;
        return true;
    }

    /// <summary>Takes addresses from a peer: new ones, and others for peers that no longer answer.</summary>
    internal void Learn(PeerId source, IEnumerable<KnownPeer> peers, ulong nowMs)
    {
        var teller = entries.TryGetValue(source, out var entry) ? entry.Address.Address : IPAddress.None;
        foreach (var peer in peers.Take(OverlayLimits.PeersPerMessageMax))
        {
            if (peer.Id == me || Scores.IsBanned(peer.Id, nowMs) || !Reaches.MayTell(teller, peer.Address.Address))
                continue;
            var known = entries.GetValueOrDefault(peer.Id);
            if (known is { MayMove: false })
                continue;
            var moved = (known ?? new(peer.Id, peer.Address, source, Bootstrap: false)) with
            {
                Address = KnownPeer.Plain(peer.Address),
            };
            if (known is not null && buckets.IsTried(peer.Id))
                entries[peer.Id] = moved;
            else if (MakeRoom(moved, NetworkGroup.Of(teller), nowMs))
                entries[peer.Id] = moved;
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

    /// <summary>The peers we have met, one a line: ID@ADDRESS:PORT, when, and what it is to us.</summary>
    internal IReadOnlyList<string> Export()
    {
        var anchors = entries.Values.Where(e => e.Link == PeerLink.Outbound || e.Anchor && !e.IsConnected)
            .OrderByDescending(e => e.Link == PeerLink.Outbound).ThenBy(e => e.ConnectedMs)
            .Take(OverlayLimits.AnchorsMax).Select(e => e.Id).ToHashSet();
        return
        [
            .. entries.Values.Where(e => e.LastSuccessMs is not null)
                .Select(e => string.Create(CultureInfo.InvariantCulture, $"{e.Id}@{e.Address} {e.LastSuccessMs} ")
                    + (anchors.Contains(e.Id) ? "anchor" : buckets.IsTried(e.Id) ? "tried" : "met")),
        ];
    }

    /// <summary>Takes back what <see cref="Export"/> gave; lines that make no sense are left out and counted.</summary>
    internal int Import(IEnumerable<string> lines, ulong nowMs)
    {
        var bad = 0;
        foreach (var line in lines)
            if (line.Split(' ') is [var text, var when, var kind and ("anchor" or "tried" or "met")]
                && KnownPeer.TryParse(text, out var peer)
                && ulong.TryParse(when, NumberStyles.None, CultureInfo.InvariantCulture, out var met))
                Remember(peer, Math.Min(met, nowMs), kind, nowMs);
            else
                bad++;
        return bad;
    }

    private void Remember(KnownPeer peer, ulong metMs, string kind, ulong nowMs)
    {
        if (peer.Id == me || entries.GetValueOrDefault(peer.Id) is { Bootstrap: false })
            return;
        var known = entries.GetValueOrDefault(peer.Id) ?? new(peer.Id, peer.Address, null, Bootstrap: false);
        entries[peer.Id] = known with { LastSuccessMs = metMs, Anchor = kind == "anchor" };
        Place(entries[peer.Id], tried: kind != "met", nowMs);
        ForgetUnlessKept(peer.Id);
    }

    private bool IsDue(PeerEntry entry, ulong nowMs) =>
        entry.Link == PeerLink.None && entry.NextDialMs <= nowMs && !Scores.IsBanned(entry.Id, nowMs);

    private void Dial(PeerEntry entry, PeerLink link, ulong nowMs) =>
        entries[entry.Id] = entry with { Link = link, NextDialMs = nowMs + OverlayLimits.DialTimeoutMs };

    // Test before evict, and now and then a look at an address that is only hearsay: so that what is tried is good.
    private PeerEntry? Probe(ulong nowMs)
    {
        if (nowMs < probeMs)
            return null;
        probeMs = nowMs + OverlayLimits.ProbeEveryMs;
        var doubtful = buckets.Doubted.Select(Find).OfType<PeerEntry>();
        var hearsay = entries.Values.Where(e => e.LastSuccessMs is null).Select(e => (Entry: e, Luck: random.Next()))
            .ToList().OrderBy(e => e.Luck).Select(e => e.Entry);
        var probe = doubtful.Concat(hearsay).FirstOrDefault(e => IsDue(e, nowMs));
        if (probe is not null)
            Dial(probe, PeerLink.Probing, nowMs);
        return probe;
    }

    private void Place(PeerEntry entry, bool tried, ulong nowMs)
    {
        if (entry.Bootstrap)
            return;
        if (tried && buckets.TryPromote(entry, OccupantMayGo) is { } demoted)
            Demote(demoted, nowMs);
        else if (!buckets.Contains(entry.Id))
            MakeRoom(entry, entry.Group, nowMs);

        // Whoever is connected or was within hours need not be tested.
        bool OccupantMayGo(PeerId occupant) => !entries.TryGetValue(occupant, out var other)
            || !other.IsConnected && other.Failures > 0;
    }

    private void Demote(PeerId id, ulong nowMs)
    {
        if (entries.TryGetValue(id, out var entry))
            MakeRoom(entry, entry.Group, nowMs);
        ForgetUnlessKept(id);
    }

    private bool MakeRoom(PeerEntry entry, NetworkGroup source, ulong nowMs)
    {
        var occupant = buckets.InTheWay(entry, source);
        if (occupant is { } other && entries.TryGetValue(other, out var before) && !before.IsHopeless(nowMs))
            return false;
        buckets.PutNew(entry, source);
        if (occupant is { } gone)
            ForgetUnlessKept(gone);
        return true;
    }

    private void ForgetUnlessKept(PeerId id)
    {
        if (entries.TryGetValue(id, out var entry) && entry is { Bootstrap: false, Link: PeerLink.None }
            && !buckets.Contains(id))
            entries.Remove(id);
    }

    // In networks that somebody has for themselves, and on one machine, addresses say nothing about who is behind them.
    private bool HasRoom(PeerEntry entry, bool inbound)
    {
        if (entry.Bootstrap)
            return true;
        if (!inbound)
            return entries.Values.Count(e => e.Link == PeerLink.Outbound) < OverlayLimits.OutboundMax;
        if (Reaches.Of(entry.Address.Address) != Reach.Public)
            return true;
        var (host, network) = (AddressGroup.Host(entry.Address.Address), AddressGroup.Network(entry.Address.Address));
        var others = entries.Values.Where(e => e.Link == PeerLink.Inbound).Select(e => e.Address.Address).ToList();
        return others.Count(a => AddressGroup.Host(a) == host) < OverlayLimits.InboundPerHostMax
            && others.Count(a => AddressGroup.Network(a) == network) < OverlayLimits.InboundPerNetworkMax;
    }

    private bool SharesAddressWithBanned(IPAddress address, ulong nowMs)
    {
        foreach (var (id, _) in banned.Where(b => !Scores.IsBanned(b.Key, nowMs)).ToList())
            banned.Remove(id);
        return Reaches.Of(address) == Reach.Public
            && banned.Values.Count(address.Equals) >= OverlayLimits.BannedPerHostMax;
    }

    private void GiveUpSilentDials(ulong nowMs)
    {
        foreach (var silent in entries.Values
            .Where(e => e.Link is PeerLink.Dialling or PeerLink.Probing && e.NextDialMs <= nowMs).ToList())
            Disconnect(silent.Id, nowMs);
    }
}

using System.Collections.Immutable;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;

namespace Ledger.Node.Overlay;

/// <summary>
/// What is not sent on the chance that somebody lacks it: peers are told digests (IHAVE), and ask (IWANT). What one
/// peer offers and does not send soon is asked of the next; once it is here, the others that were asked are told
/// (IDONTWANT). An offer that nobody makes good costs all who made it.
/// </summary>
internal sealed class Offers(SeenCache seen)
{
    private readonly Dictionary<Digest, Kept> kept = [];
    private readonly Queue<Digest> order = new();
    private readonly SortedDictionary<Digest, Wish> wishes = [];
    private readonly SortedDictionary<PeerId, int> offered = [];
    private readonly List<Digest> untold = [];
    private readonly List<Digest> fresh = [];
    private long keptBytes;

    /// <summary>
    /// Keeps a message for those who will ask, by the digest of what it brings; some peers have it or are told of it
    /// anyway.
    /// </summary>
    internal void Keep(WireMessage message, ReadOnlySpan<byte> content, IEnumerable<PeerId> toldTo, ulong nowMs)
    {
        var id = Digest.OfBytes(content);
        seen.TryAdd(id, nowMs);
        if (kept.ContainsKey(id))
            return;
        var entry = new Kept(message, content.Length, nowMs + GossipLimits.KeptMs);
        entry.Told.UnionWith(toldTo);
        kept[id] = entry;
        order.Enqueue(id);
        untold.Add(id);
        fresh.Add(id);
        keptBytes += content.Length;
        while (order.Count > GossipLimits.KeptMax || keptBytes > GossipLimits.KeptBytesMax)
            Forget(order.Dequeue());
    }

    /// <summary>Something has come, good or not: nobody else need send it.</summary>
    internal List<OverlayEffect> Arrived(PeerId from, Digest id)
    {
        return wishes.Remove(id, out var wish)
            ? wish.Asked.Where(p => p != from).ToList().ConvertAll(p =>
                (OverlayEffect)new OverlayEffect.Send(p, new WireMessage.IDontWant([id])))
            : [];
    }

    internal List<OverlayEffect> Offered(PeerId from, ImmutableArray<Digest> ids, ulong nowMs)
    {
        var count = offered.GetValueOrDefault(from) + ids.Length;
        if (count > GossipLimits.OffersPerHeartbeatMax)
            return [new OverlayEffect.Penalise(from, Misdeed.TooOften)];
        offered[from] = count;
        var wanted = ImmutableArray.CreateBuilder<Digest>();
        var open = wishes.Values.Count(w => w.First == from);
        foreach (var id in ids)
        {
            Unwanted(from, id);
            if (wishes.TryGetValue(id, out var wish))
                wish.Others.Add(from);
            else if (!seen.Has(id) && wishes.Count < GossipLimits.WishesMax && open++ < GossipLimits.WishesPerPeerMax)
            {
                wishes[id] = new(from, nowMs);
                wanted.Add(id);
            }
        }
        return wanted.Count == 0 ? [] : [new OverlayEffect.Send(from, new WireMessage.IWant(wanted.ToImmutable()))];
    }

    /// <summary>What a peer that asks is to be sent: nothing that it has had often enough.</summary>
    internal IEnumerable<WireMessage> Wanted(PeerId from, ImmutableArray<Digest> ids)
    {
        var found = new List<WireMessage>();
        foreach (var id in ids)
            if (kept.TryGetValue(id, out var entry)
                && entry.Replies.GetValueOrDefault(from) is var sent and < GossipLimits.RepliesMax)
            {
                entry.Replies[from] = sent + 1;
                found.Add(entry.Message);
            }
        var transactions = found.OfType<WireMessage.Transactions>().SelectMany(t => t.List);
        return [.. found.Where(m => m is not WireMessage.Transactions), .. OfTransactions(transactions)];
    }

    /// <summary>Transactions in as few messages as it takes.</summary>
    internal static IEnumerable<WireMessage> OfTransactions(IEnumerable<SignedTransaction> transactions)
    {
        var (part, bytes) = (ImmutableArray.CreateBuilder<SignedTransaction>(), 0);
        foreach (var transaction in transactions)
        {
            var size = transaction.Encoded.Length;
            if (part.Count == OverlayLimits.TransactionsPerMessageMax
                || part.Count > 0 && bytes + size > OverlayLimits.TransactionsBytesMax)
            {
                yield return new WireMessage.Transactions(part.DrainToImmutable());
                bytes = 0;
            }
            part.Add(transaction);
            bytes += size;
        }
        if (part.Count > 0)
            yield return new WireMessage.Transactions(part.DrainToImmutable());
    }

    /// <summary>A peer has a message that is kept here.</summary>
    internal void Unwanted(PeerId from, Digest id)
    {
        if (kept.TryGetValue(id, out var entry))
            entry.Told.Add(from);
    }

    /// <summary>What was kept since the last call, to each of these peers that may lack it.</summary>
    internal List<OverlayEffect.Send> TellAtOnce(IEnumerable<PeerId> peers) => Tell(untold, peers);

    /// <summary>What was kept since the last heartbeat, to each of these peers that may lack it.</summary>
    internal List<OverlayEffect.Send> TellLate(IEnumerable<PeerId> peers) => Tell(fresh, peers);

    /// <summary>Asks others for what did not come. Call at each heartbeat.</summary>
    internal List<OverlayEffect> Tick(ulong nowMs)
    {
        offered.Clear();
        while (order.TryPeek(out var oldest) && nowMs >= kept[oldest].UntilMs)
            Forget(order.Dequeue());
        var effects = new List<OverlayEffect>();
        var liars = new SortedSet<PeerId>();
        foreach (var (id, wish) in wishes.ToList())
            if (nowMs >= wish.SinceMs + GossipLimits.PromiseMs)
            {
                wishes.Remove(id);
                liars.UnionWith(wish.Asked);
            }
            else if (nowMs >= wish.AskedMs + GossipLimits.WantMs && wish.TryNext(nowMs) is { } next)
                effects.Add(new OverlayEffect.Send(next, new WireMessage.IWant([id])));
        effects.AddRange(liars.Select(p => new OverlayEffect.Penalise(p, Misdeed.BrokenPromise)));
        return effects;
    }

    /// <summary>What a peer that is gone had offered, others may send; it cannot be blamed.</summary>
    internal void Left(PeerId peer)
    {
        offered.Remove(peer);
        foreach (var entry in kept.Values)
        {
            entry.Replies.Remove(peer);
            entry.Told.Remove(peer);
        }
        foreach (var (id, wish) in wishes.ToList())
        {
            wish.Others.Remove(peer);
            wish.Asked.Remove(peer);
            if (wish.Asked.Count == 0 && wish.Others.Count == 0)
                wishes.Remove(id);
        }
    }

    private List<OverlayEffect.Send> Tell(List<Digest> ids, IEnumerable<PeerId> peers)
    {
        var effects = new List<OverlayEffect.Send>();
        foreach (var peer in ids.Count == 0 ? [] : peers)
            effects.AddRange(ids.Where(id => IsNews(peer, id)).Chunk(GossipLimits.DigestsPerMessageMax)
                .Select(part => new OverlayEffect.Send(peer, new WireMessage.IHave([.. part]))));
        ids.Clear();
        return effects;
    }

    // Whether it is here still, and the peer not known to have heard of it; from now on it has.
    private bool IsNews(PeerId peer, Digest id) => kept.TryGetValue(id, out var entry) && entry.Told.Add(peer);

    private void Forget(Digest id)
    {
        if (kept.Remove(id, out var entry))
            keptBytes -= entry.Bytes;
    }

    private sealed record Kept(WireMessage Message, int Bytes, ulong UntilMs)
    {
        internal HashSet<PeerId> Told { get; } = [];

        /// <summary>How often the message was sent to who asked.</summary>
        internal Dictionary<PeerId, int> Replies { get; } = [];
    }

    /// <summary>A message that somebody was asked for, and who else has it.</summary>
    private sealed class Wish(PeerId first, ulong nowMs)
    {
        internal PeerId First { get; } = first;

        internal ulong SinceMs { get; } = nowMs;

        internal ulong AskedMs { get; private set; } = nowMs;

        internal List<PeerId> Asked { get; } = [first];

        internal SortedSet<PeerId> Others { get; } = [];

        internal PeerId? TryNext(ulong nowMs)
        {
            Others.ExceptWith(Asked);
            if (Others.Count == 0)
                return null;
            var next = Others.Min;
            Others.Remove(next);
            Asked.Add(next);
            AskedMs = nowMs;
            return next;
        }
    }
}

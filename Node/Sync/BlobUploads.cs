using Ledger.Consensus.Crypto;
using Ledger.Node.Overlay;

namespace Ledger.Node.Sync;

/// <summary>
/// Who wants to hear of which blob, and who has asked for which chunks. Few peers are served at a time, what has left
/// here least often goes first, and no more is sent than arrives: a receiver's announcements tell what has.
/// </summary>
internal sealed class BlobUploads
{
    private readonly SortedDictionary<Digest, SortedDictionary<PeerId, ulong>> interests = [];
    private readonly SortedDictionary<PeerId, int> interestsOf = [];
    private readonly List<Request> queue = [];
    private readonly SortedDictionary<PeerId, Dictionary<(Digest Id, int Chunk), ulong>> inFlight = [];
    private readonly Dictionary<(Digest Id, int Chunk), int> sent = [];
    private ulong leastMs = ulong.MaxValue / 8;
    private int window = SwarmLimits.InFlightMax / 2;
    private int inFlightCount;

    /// <summary>Whether there is anything to do soon.</summary>
    internal bool IsBusy => queue.Count > 0 || inFlightCount > 0;

    /// <summary>Those who are to hear of a blob.</summary>
    internal IEnumerable<PeerId> Interested(Digest id) =>
        interests.GetValueOrDefault(id)?.Keys ?? Enumerable.Empty<PeerId>();

    /// <summary>A peer wants to hear of a blob; what is too much is not remembered.</summary>
    internal void Interest(PeerId peer, Digest id, ulong nowMs)
    {
        if (!interests.TryGetValue(id, out var peers))
            interests[id] = peers = [];
        if (!peers.ContainsKey(peer) && interestsOf.GetValueOrDefault(peer) >= SwarmLimits.InterestsPerPeerMax)
        {
            if (peers.Count == 0)
                interests.Remove(id);
            return;
        }
        if (!peers.ContainsKey(peer))
            interestsOf[peer] = interestsOf.GetValueOrDefault(peer) + 1;
        peers[peer] = nowMs + SwarmLimits.InterestMs;
    }

    /// <summary>A peer asks for chunks; false where it has asked for too many.</summary>
    internal bool TryAsk(PeerId peer, Digest id, IEnumerable<int> chunks)
    {
        var waiting = queue.Count(r => r.Peer == peer);
        foreach (var chunk in chunks)
            if (waiting >= SwarmLimits.RequestsPerPeerMax)
                return false;
            else if (!queue.Contains(new(peer, id, chunk)))
            {
                queue.Add(new(peer, id, chunk));
                waiting++;
            }
        return true;
    }

    internal void Cancel(PeerId peer, Digest id, IEnumerable<int> chunks)
    {
        foreach (var chunk in chunks)
            queue.Remove(new(peer, id, chunk));
    }

    /// <summary>A peer says that it holds a chunk: if we sent it, it has arrived.</summary>
    internal void Arrived(PeerId peer, Digest id, int chunk, ulong nowMs)
    {
        if (Settle(peer, (id, chunk)) is { } sentMs)
            Adapt(Math.Max(nowMs - sentMs, 1));
    }

    /// <summary>A peer holds all of a blob.</summary>
    internal void Finished(PeerId peer, Digest id, ulong nowMs)
    {
        foreach (var chunk in inFlight.GetValueOrDefault(peer, []).Keys.Where(c => c.Id == id).ToList())
            Arrived(peer, id, chunk.Chunk, nowMs);
        queue.RemoveAll(r => r.Peer == peer && r.Id == id);
        if (interests.GetValueOrDefault(id)?.Remove(peer) == true)
            Uncount(peer, id);
    }

    internal void Left(PeerId peer)
    {
        queue.RemoveAll(r => r.Peer == peer);
        if (inFlight.Remove(peer, out var chunks))
            inFlightCount -= chunks.Count;
        foreach (var (id, peers) in interests.ToList())
            if (peers.Remove(peer))
                Uncount(peer, id);
    }

    /// <summary>What is to be sent now.</summary>
    internal IEnumerable<OverlayEffect.SendChunk> Serve(ulong nowMs)
    {
        while (inFlightCount < window && Choose() is { } next)
        {
            queue.Remove(next);
            sent[(next.Id, next.Chunk)] = sent.GetValueOrDefault((next.Id, next.Chunk)) + 1;
            if (!inFlight.TryGetValue(next.Peer, out var chunks))
                inFlight[next.Peer] = chunks = [];
            if (chunks.TryAdd((next.Id, next.Chunk), nowMs))
                inFlightCount++;
            yield return new(next.Peer, next.Id, next.Chunk);
        }
    }

    // Whoever has a slot comes first. Each chunk leaves once before any leaves twice, so that peers have something to
    // trade; then who has least under way; then who has waited longest.
    private Request? Choose()
    {
        var isFull = inFlight.Count >= SwarmLimits.ServingSlots;
        Request? best = null;
        var bestRank = (int.MaxValue, int.MaxValue, int.MaxValue);
        foreach (var request in queue)
        {
            var underWay = inFlight.GetValueOrDefault(request.Peer)?.Count ?? 0;
            var rank = (
                isFull && underWay == 0 ? 1 : 0, sent.GetValueOrDefault((request.Id, request.Chunk)), underWay);
            if (rank.CompareTo(bestRank) < 0)
                (best, bestRank) = (request, rank);
        }
        return best;
    }

    /// <summary>A receiver that says nothing must not keep others waiting, and an interest that is not renewed has
    /// ended.</summary>
    internal void Forget(ulong nowMs)
    {
        foreach (var (peer, chunks) in inFlight.ToList())
            foreach (var (old, sentMs) in chunks.ToList())
                if (nowMs >= sentMs + SwarmLimits.InFlightMs)
                    Settle(peer, old);
        foreach (var (id, peers) in interests.ToList())
            foreach (var gone in peers.Where(p => nowMs >= p.Value).Select(p => p.Key).ToList())
            {
                peers.Remove(gone);
                Uncount(gone, id);
            }
    }

    private ulong? Settle(PeerId peer, (Digest Id, int Chunk) chunk)
    {
        if (!inFlight.TryGetValue(peer, out var chunks) || !chunks.Remove(chunk, out var sentMs))
            return null;
        inFlightCount--;
        if (chunks.Count == 0)
            inFlight.Remove(peer);
        return sentMs;
    }

    // More under way while chunks arrive in about the least time that any took; less when they queue on the line.
    private void Adapt(ulong tookMs)
    {
        leastMs = Math.Min(leastMs, tookMs);
        if (tookMs <= 2 * leastMs + SwarmLimits.QueueMs)
            window = Math.Min(window + 1, SwarmLimits.InFlightMax);
        else if (tookMs > 3 * leastMs + 2 * SwarmLimits.QueueMs)
            window = Math.Max(window - 1, SwarmLimits.InFlightMin);
    }

    // Nobody is interested in a blob any more: how often its chunks were sent is of no interest either.
    private void Uncount(PeerId peer, Digest id)
    {
        if (--interestsOf[peer] == 0)
            interestsOf.Remove(peer);
        if (interests[id].Count > 0)
            return;
        interests.Remove(id);
        foreach (var chunk in sent.Keys.Where(c => c.Id == id).ToList())
            sent.Remove(chunk);
    }

    private readonly record struct Request(PeerId Peer, Digest Id, int Chunk);
}

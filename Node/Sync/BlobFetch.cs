using Ledger.Consensus.Crypto;
using Ledger.Node.Overlay;

namespace Ledger.Node.Sync;

/// <summary>
/// Fetches blobs by the hash of their content, several at once, each from one peer at a time. Nothing leaves here
/// before its hash was checked; peers that have not got a blob, or do not answer, are asked again for as long as it is
/// wanted. Swarming (parts from many peers at once) will take the place of the choice of one source.
/// </summary>
internal sealed class BlobFetch(ulong seed)
{
    private readonly SortedDictionary<Digest, BlobDownload> wanted = [];
    private readonly SortedSet<PeerId> peers = [];
    private readonly SplitMix64 random = new(seed);
    private ulong order;

    internal int Wanted => wanted.Count;

    /// <summary>Bytes of unfinished blobs in memory.</summary>
    internal long Buffered => wanted.Values.Sum(b => b.Buffered);

    /// <summary>Starts to fetch; smaller <paramref name="priority"/> is more urgent. False where too much is wanted already.</summary>
    internal bool Want(Digest id, int priority, int maxBytes)
    {
        if (wanted.TryGetValue(id, out var known))
            known.Urgency = (priority, known.Urgency.Item2);
        else if (wanted.Count < OverlayLimits.BlobsWantedMax)
            wanted[id] = new(id, priority, maxBytes, order++);
        return wanted.ContainsKey(id);
    }

    internal bool IsWanted(Digest id) => wanted.ContainsKey(id);

    internal void Drop(Digest id) => wanted.Remove(id);

    internal void Joined(PeerId peer) => peers.Add(peer);

    internal void Left(PeerId peer)
    {
        peers.Remove(peer);
        foreach (var blob in wanted.Values)
        {
            blob.Forget(peer);
            if (blob.Source == peer)
                blob.Detach();
        }
    }

    /// <summary>What to ask for now, the most urgent first. Call a few times a second.</summary>
    internal IReadOnlyList<OverlayEffect> Tick(ulong nowMs)
    {
        var effects = new List<OverlayEffect>();
        foreach (var blob in wanted.Values)
            if (blob.Source is { } slow && nowMs >= blob.HeardMs + OverlayLimits.BlobTimeoutMs)
            {
                effects.Add(new OverlayEffect.Penalise(slow, Misdeed.TimedOut));
                blob.Leave(nowMs);
            }
        var active = wanted.Values.Count(b => b.Source is not null);
        foreach (var blob in wanted.Values.OrderBy(b => b.Urgency))
        {
            if (blob.Source is null && active < OverlayLimits.BlobsActiveMax && Choose(blob, nowMs) is { } source)
            {
                blob.Start(source, nowMs);
                active++;
            }
            Ask(blob, effects);
        }
        return effects;
    }

    /// <summary>A part has come. Only what was asked for, from whom it was asked, is heard.</summary>
    internal IReadOnlyList<OverlayEffect> Receive(PeerId from, WireMessage.BlobPart part, ulong nowMs)
    {
        // Late and repeated parts are normal where a peer was given up too early: they cost nobody anything.
        if (!wanted.TryGetValue(part.Id, out var blob) || !blob.IsExpected(from, part.Offset))
            return [];
        if (!blob.TryAdd(part, nowMs))
            return Mismatch(blob, from, part, nowMs);
        if (blob.IsWhole)
            return Finish(blob, nowMs);
        MakeRoom(blob);
        var effects = new List<OverlayEffect>();
        Ask(blob, effects);
        return effects;
    }

    /// <summary>The source has not got the blob; the next tick asks another.</summary>
    internal void Receive(PeerId from, WireMessage.NoBlob answer, ulong nowMs)
    {
        if (wanted.TryGetValue(answer.Id, out var blob) && blob.Source == from)
            blob.Leave(nowMs);
    }

    private void Ask(BlobDownload blob, List<OverlayEffect> effects)
    {
        if (blob.Source is not { } source)
            return;
        foreach (var offset in blob.NextOffsets(OverlayLimits.PartsPerPeerMax - Load(source)))
            effects.Add(new OverlayEffect.Send(source, new WireMessage.GetBlob(blob.Id, offset)));
    }

    // A size that two peers tell differently cannot be settled by asking both: start over with one of them. A blob
    // that is too large is refused before anything is allocated; whoever holds it has done nothing wrong.
    private static List<OverlayEffect> Mismatch(BlobDownload blob, PeerId from, WireMessage.BlobPart part, ulong nowMs)
    {
        var contradiction = blob.Contradicts(part);
        blob.Leave(nowMs);
        if (contradiction)
            blob.StartOver();
        return contradiction || part.Total > blob.MaxBytes ? [] : [new OverlayEffect.Penalise(from, Misdeed.SuspectBlob)];
    }

    private List<OverlayEffect> Finish(BlobDownload blob, ulong nowMs)
    {
        var content = blob.Assemble();
        if (Digest.OfBlob(content) != blob.Id)
            return [.. blob.Reject(nowMs).Select(b => new OverlayEffect.Penalise(b.Peer, b.Misdeed))];
        wanted.Remove(blob.Id);
        return [new OverlayEffect.BlobReady(blob.Id, content)];
    }

    private void MakeRoom(BlobDownload keep)
    {
        while (Buffered > OverlayLimits.BlobBufferMax
            && wanted.Values.Where(b => b != keep && b.Buffered > 0).MaxBy(b => b.Urgency) is { } least)
            least.Clear();
    }

    // Who has failed least for this blob comes first, then who has least to do.
    private PeerId? Choose(BlobDownload blob, ulong nowMs)
    {
        var able = peers.Where(p => blob.PastOf(p).RestsUntilMs <= nowMs && Load(p) < OverlayLimits.PartsPerPeerMax)
            .Select(p => (Peer: p, Luck: random.Next())).ToList();
        return able.Count == 0
            ? null
            : able.OrderBy(p => blob.PastOf(p.Peer).Failures).ThenBy(p => Load(p.Peer)).ThenBy(p => p.Luck).First().Peer;
    }

    private int Load(PeerId peer) => wanted.Values.Where(b => b.Source == peer).Sum(b => b.UnderWay);
}

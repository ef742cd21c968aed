using System.Collections.Immutable;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;
using Ledger.Node.Overlay;

namespace Ledger.Node.Sync;

/// <summary>How far the fetching of a blob has come.</summary>
internal sealed record BlobProgress(Digest Id, long BytesHere, long Length, int Sources);

/// <summary>
/// Fetches blobs from many peers at once and passes each chunk on as soon as it is here. Only what was wanted is
/// fetched; a chunk leaves here only after it was checked against the blob's id, so that who
/// sends a wrong one is known.
/// </summary>
/// <param name="seed">Where its dice start.</param>
/// <param name="find">The manifest of a blob that is here, whole; null where it is not.</param>
internal sealed class BlobSwarm(ulong seed, Func<Digest, BlobManifest?> find)
{
    private readonly SortedDictionary<Digest, BlobDownload> wanted = [];
    private readonly SortedSet<PeerId> peers = [];
    private readonly BlobUploads uploads = new();
    private readonly HaveBatches news = new();
    private readonly SortedDictionary<Digest, FirstPass> passes = [];
    private readonly SortedSet<Digest> passed = [];
    private readonly ManifestCache served = new(find);
    private readonly SplitMix64 random = new(seed);
    private ulong order;

    internal int Wanted => wanted.Count;

    /// <summary>Whether a tick is worth its while.</summary>
    internal bool IsBusy => wanted.Count > 0 || uploads.IsBusy || news.Any || passes.Count > 0;

    internal IEnumerable<BlobProgress> Progress => wanted.Values.OrderBy(b => b.Urgency).Select(b => new BlobProgress(
        b.Id, b.BytesHere, b.Manifest?.Length ?? 0, b.Sources.Values.Count(s => s.Holds.Count > 0)));

    /// <summary>Whether nothing more is fetched for now: the disk is nearly full. What is here is served as ever.
    /// </summary>
    internal bool IsPaused { get; set; }

    /// <summary>
    /// Starts to fetch; a smaller priority is more urgent. False where too much is wanted already.
    /// <paramref name="partial"/> is what an earlier attempt has left.
    /// </summary>
    internal bool Want(Digest id, int priority, int maxBytes, Func<PartialBlob?> partial)
    {
        if (wanted.TryGetValue(id, out var known))
        {
            known.Urgency = (priority, known.Urgency.Item2);
            return true;
        }
        if (wanted.Count >= SwarmLimits.BlobsWantedMax)
            return false;
        wanted[id] = known = new(id, (priority, order++), maxBytes, random);
        if (partial() is { } kept)
            known.Begin(kept.Manifest, kept.Chunks);
        return true;
    }

    internal void Drop(Digest id) => wanted.Remove(id);

    internal void Joined(PeerId peer) => peers.Add(peer);

    internal void Left(PeerId peer)
    {
        peers.Remove(peer);
        uploads.Left(peer);
        news.Left(peer);
        foreach (var blob in wanted.Values)
            blob.Forget(peer);
    }

    /// <summary>What to say and to send now. Call every <see cref="SwarmLimits.HaveEveryMs"/> while busy.</summary>
    internal IReadOnlyList<OverlayEffect> Tick(ulong nowMs)
    {
        var effects = new List<OverlayEffect>();
        foreach (var blob in wanted.Values.OrderBy(b => b.Urgency).Take(SwarmLimits.BlobsActiveMax))
        {
            Tell(blob, nowMs, effects);
            DropOverdue(blob, nowMs, effects);
            Ask(blob, nowMs, effects);
        }
        effects.AddRange(news.Take());
        uploads.Forget(nowMs);
        EndPasses(nowMs, effects);
        effects.AddRange(uploads.Serve(nowMs));
        return effects;
    }

    internal IReadOnlyList<OverlayEffect> Receive(
        PeerId from, WireMessage.OfBlob message, ulong nowMs) => message switch
        {
            WireMessage.Interest m => Interested(from, m.Id, nowMs),
            WireMessage.Have m => Told(from, m, nowMs),
            WireMessage.HaveMore m => Told(from, m, nowMs),
            WireMessage.GetManifest m => Manifest(m.Id) is { } manifest
                ? [Send(from, new WireMessage.Manifest(manifest))]
                : [Send(from, new WireMessage.Have(m.Id, 0, new()))],
            WireMessage.Manifest m => Learn(from, m.Blob, nowMs),
            WireMessage.GetChunks m => Asked(from, m, nowMs),
            WireMessage.BlobChunk m => Take(from, m, nowMs),
            WireMessage.CancelChunks m => Cancel(from, m),
            WireMessage.RejectChunks m => Rejected(from, m, nowMs),
            _ => throw new InvalidOperationException($"no message about blobs: {message.GetType().Name}"),
        };

    private List<OverlayEffect> Interested(PeerId from, Digest id, ulong nowMs)
    {
        uploads.Interest(from, id, nowMs);
        news.Forget(from, id);
        return [Send(from, HaveFor(from, id, nowMs))];
    }

    private WireMessage.Have HaveFor(PeerId peer, Digest id, ulong nowMs)
    {
        if (wanted.GetValueOrDefault(id) is { } blob)
            return new(id, blob.Chunks.Count == 0 ? 0 : (int)blob.Manifest!.Length, blob.Chunks.Copy());
        if (Manifest(id) is not { } whole)
            return new(id, 0, new());
        return new(id, (int)whole.Length, PassOf(whole, nowMs)?.OfferTo(peer) ?? ChunkSet.Full(whole.Count));
    }

    // Once for each blob that is here from the start; what was fetched from others is out already.
    private FirstPass? PassOf(BlobManifest whole, ulong nowMs)
    {
        if (whole.Count < SwarmLimits.FirstPassChunksMin || passed.Contains(whole.Id))
            return null;
        if (!passes.TryGetValue(whole.Id, out var pass) && passes.Count < SwarmLimits.BlobsActiveMax)
            passes[whole.Id] = pass = new(whole, nowMs);
        return pass;
    }

    private void EndPasses(ulong nowMs, List<OverlayEffect> effects)
    {
        foreach (var (id, pass) in passes.ToList())
            if (pass.IsOver(nowMs))
            {
                EndPass(id);
                var all = new WireMessage.Have(id, (int)pass.Blob.Length, ChunkSet.Full(pass.Blob.Count));
                effects.AddRange(uploads.Interested(id).Select(peer => Send(peer, all)));
            }
    }

    private void EndPass(Digest id)
    {
        passes.Remove(id);
        passed.Add(id);
        if (passed.Count > SwarmLimits.BlobsWantedMax)
            passed.Remove(passed.Min);
    }

    private List<OverlayEffect> Told(PeerId from, WireMessage.Have have, ulong nowMs)
    {
        for (var chunk = 0; chunk <= have.Chunks.Last; chunk++)
            if (have.Chunks.Has(chunk))
                uploads.Arrived(from, have.Id, chunk, nowMs);
        if (have.Length > 0 && have.Chunks.Count == BlobManifest.CountOf(have.Length))
            uploads.Finished(from, have.Id, nowMs);
        var effects = new List<OverlayEffect>();
        effects.AddRange(uploads.Serve(nowMs));
        if (!wanted.TryGetValue(have.Id, out var blob) || !blob.Sources.TryGetValue(from, out var source))
            return effects;
        // The id binds the length, so that another one is a lie, not a mistake.
        if (!blob.Claims(source, have.Length, have.Chunks))
            effects.Add(new OverlayEffect.Penalise(from, Misdeed.BadBlob));
        if (have.Chunks.Count == 0 && blob.Guide?.Peer == from)
            blob.Guide = null;
        Ask(blob, from, source, nowMs, effects);
        return effects;
    }

    private List<OverlayEffect> Told(PeerId from, WireMessage.HaveMore have, ulong nowMs)
    {
        foreach (var chunk in have.Chunks)
            uploads.Arrived(from, have.Id, chunk, nowMs);
        var effects = new List<OverlayEffect>();
        effects.AddRange(uploads.Serve(nowMs));
        if (!wanted.TryGetValue(have.Id, out var blob) || !blob.Sources.TryGetValue(from, out var source))
            return effects;
        foreach (var chunk in have.Chunks)
            blob.Claims(source, chunk);
        Ask(blob, from, source, nowMs, effects);
        return effects;
    }

    private List<OverlayEffect> Learn(PeerId from, BlobManifest manifest, ulong nowMs)
    {
        if (!wanted.TryGetValue(manifest.Id, out var blob))
            return wanted.Values.Any(b => b.Guide?.Peer == from)
                ? [new OverlayEffect.Penalise(from, Misdeed.BadBlob)]
                : [];
        // Too large is nobody's fault here: whoever named such a blob did so on chain.
        if (blob.Manifest is not null || !blob.IsAllowed(manifest.Length))
            return [];
        blob.Begin(manifest, new());
        var effects = new List<OverlayEffect> { new OverlayEffect.KeepManifest(manifest) };
        Ask(blob, nowMs, effects);
        return effects;
    }

    private List<OverlayEffect> Asked(PeerId from, WireMessage.GetChunks ask, ulong nowMs)
    {
        var held = wanted.GetValueOrDefault(ask.Id)?.Chunks;
        var whole = held is null ? Manifest(ask.Id)?.Count ?? 0 : 0;
        var pass = passes.GetValueOrDefault(ask.Id);
        var here = ask.Chunks
            .Where(c => held?.Has(c) ?? c < whole && pass?.TryTake(from, c, nowMs) != false).ToList();
        var effects = new List<OverlayEffect>();
        if (pass is not null && here.Count < ask.Chunks.Length)
            effects.Add(Send(from, HaveFor(from, ask.Id, nowMs)));
        if (!uploads.TryAsk(from, ask.Id, here))
            effects.Add(new OverlayEffect.Penalise(from, Misdeed.TooOften));
        if (here.Count < ask.Chunks.Length)
            effects.Add(Send(from, new WireMessage.RejectChunks(ask.Id, [.. ask.Chunks.Except(here)])));
        effects.AddRange(uploads.Serve(nowMs));
        return effects;
    }

    private List<OverlayEffect> Cancel(PeerId from, WireMessage.CancelChunks cancel)
    {
        uploads.Cancel(from, cancel.Id, cancel.Chunks);
        return [];
    }

    private List<OverlayEffect> Rejected(PeerId from, WireMessage.RejectChunks reject, ulong nowMs)
    {
        var effects = new List<OverlayEffect>();
        if (!wanted.TryGetValue(reject.Id, out var blob) || !blob.Sources.TryGetValue(from, out var source))
            return effects;
        // It said that it had them: either it has told us better meanwhile, or it must not be asked for them again.
        foreach (var chunk in reject.Chunks)
            blob.Reject(source, chunk);
        if (blob.Guide?.Peer == from)
            blob.Guide = null;
        Ask(blob, from, source, nowMs, effects);
        return effects;
    }

    // Late and repeated chunks are normal where a source was given up too early, and at the end.
    private List<OverlayEffect> Take(PeerId from, WireMessage.BlobChunk chunk, ulong nowMs)
    {
        if (!wanted.TryGetValue(chunk.Id, out var blob) || !blob.Sources.TryGetValue(from, out var source)
            || !source.WasAsked(chunk.Index))
            return [];
        if (blob.Manifest is null)
            return TakeOnly(blob, from, source, chunk, nowMs);
        if (!blob.Manifest.Fits(chunk.Index, chunk.Content))
            return Refuse(blob, from, source, chunk.Index, nowMs);
        return Keep(blob, from, source, chunk, nowMs);
    }

    // The only chunk of a small blob needs no manifest: the blob's id follows from it.
    private List<OverlayEffect> TakeOnly(
        BlobDownload blob, PeerId from, BlobSource source, WireMessage.BlobChunk chunk, ulong nowMs)
    {
        blob.Guide = null;
        if (chunk.Content.Length > Limits.ChunkBytesMin || BlobManifest.Of(chunk.Content) is var manifest
            && manifest.Id != blob.Id)
            return Refuse(blob, from, source, chunk.Index, nowMs);
        blob.Release(source);
        blob.Begin(manifest, new());
        return [new OverlayEffect.KeepManifest(manifest), .. Keep(blob, from, source, chunk, nowMs)];
    }

    private List<OverlayEffect> Keep(
        BlobDownload blob, PeerId from, BlobSource source, WireMessage.BlobChunk chunk, ulong nowMs)
    {
        blob.Delivered(source, chunk.Index, nowMs);
        var effects = new List<OverlayEffect>();
        if (!blob.Chunks.Has(chunk.Index))
        {
            effects.Add(new OverlayEffect.KeepChunk(blob.Manifest!, chunk.Index, chunk.Content, blob.Chunks));
            foreach (var other in blob.Arrived(chunk.Index))
                effects.Add(Send(other, new WireMessage.CancelChunks(blob.Id, [chunk.Index])));
            news.Add(blob.Id, chunk.Index, uploads.Interested(blob.Id).Append(from));
        }
        if (blob.IsWhole)
            Finish(blob, effects);
        else
            Ask(blob, from, source, nowMs, effects);
        effects.AddRange(news.TakeFull());
        effects.AddRange(uploads.Serve(nowMs));
        return effects;
    }

    // Everybody may forget that we wanted it, and fetch it from here.
    private void Finish(BlobDownload blob, List<OverlayEffect> effects)
    {
        wanted.Remove(blob.Id);
        EndPass(blob.Id);
        effects.Add(new OverlayEffect.BlobReady(blob.Manifest!));
        var have = new WireMessage.Have(blob.Id, (int)blob.Manifest!.Length, ChunkSet.Full(blob.Manifest.Count));
        foreach (var peer in blob.Sources.Keys.Union(uploads.Interested(blob.Id)).ToList())
        {
            news.Forget(peer, blob.Id);
            effects.Add(Send(peer, have));
        }
    }

    private List<OverlayEffect> Refuse(BlobDownload blob, PeerId liar, BlobSource source, int chunk, ulong nowMs)
    {
        blob.Release(source, chunk);
        source.Strike(nowMs);
        var effects = new List<OverlayEffect> { new OverlayEffect.Penalise(liar, Misdeed.BadBlob) };
        Ask(blob, nowMs, effects);
        return effects;
    }

    // All are told once, and again before they forget it; sooner while nobody has anything.
    private void Tell(BlobDownload blob, ulong nowMs, List<OverlayEffect> effects)
    {
        foreach (var peer in peers)
            if (!blob.Sources.ContainsKey(peer))
                blob.Sources[peer] = new();
        var isDue = nowMs >= blob.TellMs;
        foreach (var (peer, source) in blob.Sources)
            if (source.ToldMs is null || isDue)
            {
                source.ToldMs = nowMs;
                effects.Add(Send(peer, new WireMessage.Interest(blob.Id)));
            }
        if (!isDue)
            return;
        var isFound = blob.Sources.Values.Any(s => s.Holds.Count > 0);
        blob.TellMs = nowMs + (isFound ? SwarmLimits.InterestEveryMs : blob.TellEveryMs);
        blob.TellEveryMs = Math.Min(2 * blob.TellEveryMs, SwarmLimits.NobodyHasItMaxMs);
    }

    // What may still wait there for its turn would come twice.
    private static void DropOverdue(BlobDownload blob, ulong nowMs, List<OverlayEffect> effects)
    {
        if (blob.Guide is var (guide, since) && nowMs >= since + SwarmLimits.ManifestTimeoutMs)
        {
            blob.Guide = null;
            blob.Release(blob.Sources[guide]);
            blob.Sources[guide].Strike(nowMs);
            effects.Add(new OverlayEffect.Penalise(guide, Misdeed.TimedOut));
        }
        foreach (var (peer, source) in blob.Sources)
            if (source.IsOverdue(nowMs))
            {
                effects.Add(Send(peer, new WireMessage.CancelChunks(blob.Id, [.. source.Asked])));
                blob.Release(source);
                source.Strike(nowMs);
                effects.Add(new OverlayEffect.Penalise(peer, Misdeed.BrokenPromise));
            }
    }

    private void Ask(BlobDownload blob, ulong nowMs, List<OverlayEffect> effects)
    {
        if (blob.Manifest is null)
            AskFirst(blob, nowMs, effects);
        else
            foreach (var (peer, source) in blob.Sources)
                Ask(blob, peer, source, nowMs, effects);
    }

    private void Ask(BlobDownload blob, PeerId peer, BlobSource source, ulong nowMs, List<OverlayEffect> effects)
    {
        if (blob.Manifest is null)
            AskFirst(blob, nowMs, effects);
        else if (!IsPaused && source.Holds.Count > 0 && source.HasRoom(nowMs))
        {
            var chunks = blob.Next(source, nowMs);
            chunks.AddRange(blob.Endgame(source, nowMs));
            if (chunks.Count > 0)
                effects.Add(Send(peer, new WireMessage.GetChunks(blob.Id, [.. chunks])));
        }
    }

    // The manifest of somebody who holds anything; who has failed least comes first.
    private void AskFirst(BlobDownload blob, ulong nowMs, List<OverlayEffect> effects)
    {
        if (blob.Guide is not null || IsPaused)
            return;
        var able = blob.Sources
            .Where(s => s.Value.Holds.Count > 0 && nowMs >= s.Value.RestsUntilMs && blob.IsAllowed(s.Value.Length))
            .Select(s => (s.Key, s.Value, Luck: random.Next())).ToList();
        if (able.Count == 0)
            return;
        var (peer, source, _) = able.OrderBy(s => s.Value.Strikes).ThenBy(s => s.Luck).First();
        blob.Guide = (peer, nowMs);
        var isSmall = source.Length is > 0 and <= Limits.ChunkBytesMin;
        if (isSmall)
            source.Ask(0, nowMs);
        effects.Add(Send(peer, isSmall
            ? new WireMessage.GetChunks(blob.Id, [0])
            : new WireMessage.GetManifest(blob.Id)));
    }

    private BlobManifest? Manifest(Digest id) => wanted.GetValueOrDefault(id)?.Manifest ?? served.Find(id);

    private static OverlayEffect.Send Send(PeerId to, WireMessage message) => new(to, message);
}

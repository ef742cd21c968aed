using Ledger.Consensus.Crypto;
using Ledger.Node.Overlay;

namespace Ledger.Node.Sync;

/// <summary>What is kept of a blob that is not whole yet.</summary>
internal sealed record PartialBlob(BlobManifest Manifest, ChunkSet Chunks);

/// <summary>
/// One wanted blob: which chunks are here, which are asked of whom, and which to ask for next. It holds no content:
/// each chunk is checked and handed on as it comes.
/// </summary>
internal sealed class BlobDownload(Digest id, (int, ulong) urgency, int maxBytes, SplitMix64 random)
{
    // By chunk: how many sources hold it, how many it is asked of, and its place among equals.
    private int[] holders = [], askers = [], luck = [];
    private int asked;

    internal Digest Id => id;

    /// <summary>Smaller is more urgent; of equals, what was wanted first.</summary>
    internal (int, ulong) Urgency { get; set; } = urgency;

    internal SortedDictionary<PeerId, BlobSource> Sources { get; } = [];

    /// <summary>Null until somebody has told it and it was checked.</summary>
    internal BlobManifest? Manifest { get; private set; }

    internal ChunkSet Chunks { get; private set; } = new();

    /// <summary>Who is asked for the manifest, and since when.</summary>
    internal (PeerId Peer, ulong SinceMs)? Guide { get; set; }

    /// <summary>When to tell everybody again, and how long to wait then.</summary>
    internal ulong TellMs { get; set; }

    internal ulong TellEveryMs { get; set; } = SwarmLimits.NobodyHasItMs;

    internal bool IsWhole => Manifest is { } known && Chunks.Count == known.Count;

    internal long BytesHere =>
        Manifest is null ? 0 : Math.Min((long)Chunks.Count * Manifest.ChunkBytes, Manifest.Length);

    internal bool IsAllowed(long length) => length <= maxBytes;

    /// <summary>The manifest is known; <paramref name="here"/> are the chunks that are kept already.</summary>
    internal void Begin(BlobManifest manifest, ChunkSet here)
    {
        (Manifest, Chunks, Guide) = (manifest, here, null);
        (holders, askers) = (new int[manifest.Count], new int[manifest.Count]);
        luck = [.. Enumerable.Range(0, manifest.Count).Select(_ => random.Below(int.MaxValue))];
        foreach (var source in Sources.Values)
            if (source.Length == 0 || source.Length == manifest.Length)
                CountHolder(source, 1);
            else
                source.Claims(0, new());
    }

    /// <summary>A source tells what it holds; false where it contradicts the manifest.</summary>
    internal bool Claims(BlobSource source, int length, ChunkSet holds)
    {
        CountHolder(source, -1);
        var fits = Manifest is null || length == Manifest.Length || holds.Count == 0;
        source.Claims(length, fits ? holds.Copy() : new());
        CountHolder(source, 1);
        return fits;
    }

    internal void Claims(BlobSource source, int chunk)
    {
        // Who had nothing when it was asked has not told the length since.
        var isChunk = source.Length == 0 || chunk < BlobManifest.CountOf(source.Length);
        if (isChunk && source.Holds.Add(chunk) && chunk < holders.Length)
            holders[chunk]++;
    }

    /// <summary>The next chunks to ask a source for: the rarest first, the first ones any.</summary>
    internal List<int> Next(BlobSource source, ulong nowMs)
    {
        var chosen = new List<int>();
        while (source.HasRoom(nowMs) && Rarest(source) is var chunk and >= 0)
        {
            Ask(source, chunk, nowMs);
            chosen.Add(chunk);
        }
        return chosen;
    }

    /// <summary>
    /// When all that is missing is asked for, what is slow to come from one source is asked of another too.
    /// </summary>
    internal List<int> Endgame(BlobSource source, ulong nowMs)
    {
        var missing = Manifest!.Count - Chunks.Count;
        var chosen = new List<int>();
        if (asked < missing || missing > SwarmLimits.EndgameChunks)
            return chosen;
        for (var chunk = 0; chunk < Manifest.Count && source.HasRoom(nowMs); chunk++)
            if (!Chunks.Has(chunk) && source.Holds.Has(chunk) && !source.IsAsked(chunk)
                && askers[chunk] < SwarmLimits.EndgameSources
                && Sources.Values.All(s => !s.IsAsked(chunk) || s.IsSlow(chunk, nowMs)))
            {
                Ask(source, chunk, nowMs);
                chosen.Add(chunk);
            }
        return chosen;
    }

    /// <summary>A chunk that was checked is here; gives the others who were asked for it.</summary>
    internal List<PeerId> Arrived(int chunk)
    {
        Chunks.Add(chunk);
        var others = Sources.Where(s => s.Value.IsAsked(chunk)).ToList();
        foreach (var (_, other) in others)
            Release(other, chunk);
        return others.ConvertAll(o => o.Key);
    }

    /// <summary>What a source was asked for is open again.</summary>
    internal void Release(BlobSource source)
    {
        foreach (var chunk in source.Release())
            Unask(chunk);
    }

    internal void Release(BlobSource source, int chunk)
    {
        if (source.Release(chunk))
            Unask(chunk);
    }

    /// <summary>A source has not got a chunk after all.</summary>
    internal void Reject(BlobSource source, int chunk)
    {
        Release(source, chunk);
        if (source.Holds.Remove(chunk) && chunk < holders.Length)
            holders[chunk]--;
    }

    internal void Delivered(BlobSource source, int chunk, ulong nowMs)
    {
        if (source.IsAsked(chunk))
            Unask(chunk);
        source.Delivered(chunk, nowMs);
    }

    internal void Forget(PeerId peer)
    {
        if (!Sources.Remove(peer, out var source))
            return;
        Release(source);
        CountHolder(source, -1);
        if (Guide?.Peer == peer)
            Guide = null;
    }

    private int Rarest(BlobSource source)
    {
        var (best, anyOf) = (-1, Chunks.Count + asked < SwarmLimits.FirstAtRandom);
        for (var chunk = 0; chunk < askers.Length; chunk++)
            if (askers[chunk] == 0 && !Chunks.Has(chunk) && source.Holds.Has(chunk)
                && (best < 0 || Rank(chunk, anyOf).CompareTo(Rank(best, anyOf)) < 0))
                best = chunk;
        return best;
    }

    private (int, int) Rank(int chunk, bool anyOf) => (anyOf ? 0 : holders[chunk], luck[chunk]);

    private void Ask(BlobSource source, int chunk, ulong nowMs)
    {
        source.Ask(chunk, nowMs);
        if (askers[chunk]++ == 0)
            asked++;
    }

    private void Unask(int chunk)
    {
        if (chunk < askers.Length && --askers[chunk] == 0)
            asked--;
    }

    private void CountHolder(BlobSource source, int change)
    {
        for (var chunk = 0; chunk < holders.Length; chunk++)
            if (source.Holds.Has(chunk))
                holders[chunk] += change;
    }
}

using Ledger.Node.Overlay;

namespace Ledger.Node.Sync;

/// <summary>
/// What one peer is worth for one blob: the chunks that it holds, those it was asked for, and how fast it answers.
/// </summary>
internal sealed class BlobSource
{
    private readonly SortedDictionary<int, ulong> asked = [];
    private readonly HashSet<int> late = [];
    private ulong heardMs;
    private ulong leastMs = ulong.MaxValue;
    private ulong usualMs;
    private int strikes;

    internal ChunkSet Holds { get; private set; } = new();

    /// <summary>The length that it claims; 0 while it holds nothing.</summary>
    internal int Length { get; private set; }

    /// <summary>When it was last told that we want the blob.</summary>
    internal ulong? ToldMs { get; set; }

    /// <summary>Until when nothing is asked of it.</summary>
    internal ulong RestsUntilMs { get; private set; }

    internal int Strikes => strikes;

    /// <summary>Chunks that may be under way from it at once.</summary>
    internal int Pipeline { get; private set; } = SwarmLimits.PipelineMin;

    internal IReadOnlyCollection<int> Asked => asked.Keys;

    internal bool WasAsked(int chunk) => asked.ContainsKey(chunk) || late.Contains(chunk);

    internal bool IsAsked(int chunk) => asked.ContainsKey(chunk);

    internal bool HasRoom(ulong nowMs) => asked.Count < Pipeline && nowMs >= RestsUntilMs;

    internal void Claims(int length, ChunkSet holds) => (Length, Holds) = (length, holds);

    internal void Ask(int chunk, ulong nowMs)
    {
        if (asked.Count == 0)
            heardMs = nowMs;
        asked[chunk] = nowMs;
    }

    /// <summary>
    /// A chunk has come. What is under way should be one and a half times what the path holds: by Little's law that is
    /// what was under way, times the least time an answer took, divided by the time that this one took.
    /// </summary>
    internal void Delivered(int chunk, ulong nowMs)
    {
        heardMs = nowMs;
        strikes = 0;
        late.Remove(chunk);
        if (!asked.Remove(chunk, out var askedMs))
            return;
        var tookMs = Math.Max(nowMs - askedMs, 1);
        leastMs = Math.Min(leastMs, tookMs);
        usualMs = usualMs == 0 ? tookMs : (3 * usualMs + tookMs) / 4;
        var held = (ulong)(asked.Count + 1) * leastMs * 3;
        var aim = (int)Math.Min((held + 2 * tookMs - 1) / (2 * tookMs), SwarmLimits.PipelineMax);
        Pipeline = Math.Clamp((Pipeline + aim + 1) / 2, SwarmLimits.PipelineMin, SwarmLimits.PipelineMax);
    }

    /// <summary>Whether it has had its time for what it was asked for.</summary>
    internal bool IsOverdue(ulong nowMs) =>
        asked.Count > 0 && nowMs >= heardMs + Math.Max(SwarmLimits.ChunkTimeoutMs, 4 * usualMs);

    /// <summary>Whether a chunk takes longer than chunks from here usually do.</summary>
    internal bool IsSlow(int chunk, ulong nowMs) =>
        asked.TryGetValue(chunk, out var askedMs) && nowMs >= askedMs + Math.Max(2 * usualMs, SwarmLimits.HaveEveryMs);

    /// <summary>What it was asked for, as of now not any more; should it come all the same, it is taken.</summary>
    internal IReadOnlyList<int> Release()
    {
        var released = asked.Keys.ToList();
        late.UnionWith(released);
        asked.Clear();
        return released;
    }

    internal bool Release(int chunk) => asked.Remove(chunk) && late.Add(chunk);

    /// <summary>It has failed: it rests, and must prove itself again.</summary>
    internal void Strike(ulong nowMs)
    {
        RestsUntilMs = nowMs + Math.Min(SwarmLimits.RestMs << Math.Min(strikes, 16), SwarmLimits.RestMaxMs);
        strikes++;
        Pipeline = 1;
    }
}

using Ledger.Consensus.Crypto;
using Ledger.Node.Overlay;

namespace Ledger.Node.Sync;

/// <summary>
/// One wanted blob: its parts so far, the peer that is being asked, and what each peer was worth. Memory grows with
/// the bytes received, never with what a peer claims.
/// </summary>
internal sealed class BlobDownload(Digest id, int priority, int maxBytes, ulong order)
{
    private readonly SortedDictionary<PeerId, Past> past = [];
    private readonly SortedSet<PeerId> contributors = [];
    private readonly SortedSet<uint> underWay = [];
    private byte[]?[] parts = [];
    private uint total;
    private bool oneSourceOnly;

    internal Digest Id { get; } = id;

    /// <summary>Smaller is more urgent; of equals, what was wanted first.</summary>
    internal (int, ulong) Urgency { get; set; } = (priority, order);

    internal PeerId? Source { get; private set; }

    /// <summary>When the source last did something useful.</summary>
    internal ulong HeardMs { get; private set; }

    internal int UnderWay => underWay.Count;

    internal int MaxBytes { get; } = maxBytes;

    internal long Buffered { get; private set; }

    internal bool IsWhole => total > 0 && Buffered == total;

    /// <summary>How often a peer has failed for this blob, and until when it rests.</summary>
    internal Past PastOf(PeerId peer) => past.GetValueOrDefault(peer);

    internal void Start(PeerId source, ulong nowMs)
    {
        // After a wrong hash the parts must come from one peer, or we could never say who lied.
        if (oneSourceOnly && !contributors.Contains(source))
            Clear();
        (Source, HeardMs) = (source, nowMs);
    }

    /// <summary>The offsets to ask the source for now; only the first until it has told the size.</summary>
    internal IReadOnlyList<uint> NextOffsets(int most)
    {
        var offsets = new List<uint>();
        for (var i = 0; i < Math.Max(parts.Length, 1) && offsets.Count < most && UnderWay < OverlayLimits.BlobWindow; i++)
        {
            var offset = (uint)i * OverlayLimits.BlobPartBytes;
            if ((parts.Length == 0 || parts[i] is null) && underWay.Add(offset))
                offsets.Add(offset);
        }
        return offsets;
    }

    internal bool IsExpected(PeerId from, uint offset) => Source == from && underWay.Contains(offset);

    /// <summary>Keeps a part that was asked for; false where its size does not fit what is known.</summary>
    internal bool TryAdd(WireMessage.BlobPart part, ulong nowMs)
    {
        if (part.Total == 0 || part.Total > MaxBytes || total != 0 && part.Total != total
            || part.Content.Length != Math.Min(OverlayLimits.BlobPartBytes, (long)part.Total - part.Offset))
            return false;
        if (total == 0)
            (total, parts) = (part.Total, new byte[]?[(part.Total - 1) / OverlayLimits.BlobPartBytes + 1]);
        underWay.Remove(part.Offset);
        parts[part.Offset / OverlayLimits.BlobPartBytes] = part.Content;
        Buffered += part.Content.Length;
        contributors.Add(Source!.Value);
        HeardMs = nowMs;
        return true;
    }

    /// <summary>Ends the work with the source; it rests for a while that doubles each time, then is asked again.</summary>
    internal void Leave(ulong nowMs)
    {
        if (Source is { } source)
            Rest(source, nowMs + Math.Min(OverlayLimits.BlobRetryMs << Math.Min(PastOf(source).Failures, 16), OverlayLimits.BlobRetryMaxMs));
        Detach();
    }

    /// <summary>Ends the work with a source that is gone.</summary>
    internal void Detach()
    {
        Source = null;
        underWay.Clear();
    }

    internal void Forget(PeerId peer) => past.Remove(peer);

    internal byte[] Assemble()
    {
        var content = new byte[total];
        for (var i = 0; i < parts.Length; i++)
            parts[i]!.CopyTo(content, i * OverlayLimits.BlobPartBytes);
        return content;
    }

    /// <summary>
    /// The bytes were not the blob's: all of them go, and one single peer is asked from now on. Who alone sent them is
    /// a liar; among several only one need be.
    /// </summary>
    internal IReadOnlyList<(PeerId Peer, Misdeed Misdeed)> Reject(ulong nowMs)
    {
        var alone = contributors.Count == 1;
        var blamed = contributors.Select(c => (c, alone ? Misdeed.BadBlob : Misdeed.SuspectBlob)).ToList();
        foreach (var (peer, _) in blamed)
            Rest(peer, nowMs + (alone ? OverlayLimits.BlobLiarMs : 0));
        StartOver();
        return blamed;
    }

    /// <summary>Gives the memory back; the download starts over.</summary>
    internal void Clear()
    {
        Detach();
        contributors.Clear();
        (total, parts, Buffered) = (0, [], 0);
    }

    /// <summary>Whether a part contradicts the size that an earlier part told: one of the two is wrong.</summary>
    internal bool Contradicts(WireMessage.BlobPart part) => total != 0 && part.Total != total;

    /// <summary>Throws all parts away; from now on they must come from one single peer.</summary>
    internal void StartOver()
    {
        oneSourceOnly = true;
        Clear();
    }

    private void Rest(PeerId peer, ulong untilMs) => past[peer] = new(PastOf(peer).Failures + 1, untilMs);

    internal readonly record struct Past(int Failures, ulong RestsUntilMs);
}

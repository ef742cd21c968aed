using Ledger.Consensus.Crypto;
using Ledger.Node.Overlay;

namespace Ledger.Node.Sync;

/// <summary>
/// The time in which a source gives each chunk of a blob to one peer only: whoever asks for a chunk that another has
/// asked for is told what is left, so that all of the blob is out after one blob's time, and peers trade the rest.
/// </summary>
internal sealed class FirstPass(BlobManifest blob, ulong nowMs)
{
    private readonly PeerId?[] firsts = new PeerId?[blob.Count];
    private int taken;
    private ulong lastMs = nowMs;

    internal BlobManifest Blob => blob;

    /// <summary>Whether all is out, or nobody who is here wants the rest.</summary>
    internal bool IsOver(ulong nowMs) =>
        taken == blob.Count || nowMs >= lastMs + SwarmLimits.FirstPassIdleMs;

    /// <summary>Whether the chunk is this peer's; it is, if it is nobody's.</summary>
    internal bool TryTake(PeerId peer, int chunk, ulong nowMs)
    {
        if (firsts[chunk] is { } first)
            return first == peer;
        (firsts[chunk], lastMs) = (peer, nowMs);
        taken++;
        return true;
    }

    /// <summary>What a peer can still have.</summary>
    internal ChunkSet OfferTo(PeerId peer)
    {
        var left = new ChunkSet();
        for (var chunk = 0; chunk < blob.Count; chunk++)
            if (firsts[chunk] is null || firsts[chunk] == peer)
                left.Add(chunk);
        return left;
    }
}

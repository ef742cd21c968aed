using Ledger.Consensus.Crypto;
using Ledger.Consensus.Tree;
using Ledger.Node.Overlay;

namespace Ledger.Node.Sync;

/// <summary>A part of the key hashes whose leaves are fetched one chunk after the other.</summary>
internal sealed class SnapshotLane(HashRange range)
{
    private ulong askedMs;

    internal long Bytes { get; private set; }

    internal List<(byte[] Key, byte[] Value)> Leaves { get; } = [];

    /// <summary>What is still to come; null once all is here.</summary>
    internal HashRange? Rest { get; private set; } = range;

    /// <summary>Who is to deliver the next chunk.</summary>
    internal PeerId? From { get; private set; }

    internal bool IsOpen => Rest is not null && From is null;

    internal WireMessage.GetChunk Ask(PeerId peer, ulong height, ulong nowMs)
    {
        (From, askedMs) = (peer, nowMs);
        return new(height, Rest!.Value);
    }

    internal void Reopen() => From = null;

    internal bool IsOverdue(ulong nowMs) => From is not null && nowMs >= askedMs + OverlayLimits.SnapshotTimeoutMs;

    /// <summary>Whether this peer was asked for a chunk that begins there.</summary>
    internal bool Expects(PeerId peer, Digest from) => From == peer && Rest?.From == from;

    /// <summary>Takes a chunk of the state of this root; false where it is not that.</summary>
    internal bool TryAdd(WireMessage.Chunk chunk, Digest stateRoot)
    {
        var end = Rest!.Value.To;
        (Digest, Digest)[] pairs = [.. chunk.Leaves.Select(l => (Digest.OfBytes(l.Key), Digest.OfBytes(l.Value)))];
        if (chunk.Range.To > end || !RangeProof.Verify(stateRoot, chunk.Range, pairs, chunk.Proof))
            return false;
        Leaves.AddRange(chunk.Leaves);
        Bytes += chunk.Leaves.Sum(l => (long)l.Key.Length + l.Value.Length);
        Rest = chunk.Range.To == end ? null : new(HashRange.After(chunk.Range.To), end);
        From = null;
        return true;
    }
}

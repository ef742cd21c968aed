using Ledger.Consensus.Crypto;

namespace Ledger.Node.Host;

/// <summary>
/// What each peer may make us send by asking: a request of a few bytes can call for megabytes, and whoever asks
/// without end must not keep the loop from the others. Honest peers stay far below it.
/// </summary>
internal sealed class AnswerBudget
{
    /// <summary>What a peer may have at once, and each millisecond from then on: 32 MiB/s.</summary>
    internal const long BurstBytes = 16 << 20, BytesPerMs = 32 << 10;

    /// <summary>What an answer costs at least: somebody had to look it up.</summary>
    internal const int LeastBytes = 4 << 10;

    // After so long nothing is owed any more, however much it was.
    private const ulong LongestMs = 60_000;

    private readonly SortedDictionary<PeerId, (long Left, ulong AtMs)> peers = [];

    /// <summary>Whether a peer is to be answered now.</summary>
    internal bool Allows(PeerId peer, ulong nowMs) => LeftOf(peer, nowMs) > 0;

    /// <summary>A peer was answered with so many bytes.</summary>
    internal void Spend(PeerId peer, int bytes, ulong nowMs) =>
        peers[peer] = (LeftOf(peer, nowMs) - Math.Max(bytes, LeastBytes), nowMs);

    internal void Left(PeerId peer) => peers.Remove(peer);

    private long LeftOf(PeerId peer, ulong nowMs) => peers.TryGetValue(peer, out var known)
        ? Math.Min(BurstBytes, known.Left + (long)Math.Min(nowMs - known.AtMs, LongestMs) * BytesPerMs)
        : BurstBytes;
}

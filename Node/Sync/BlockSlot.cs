using Ledger.Consensus.Crypto;
using Ledger.Node.Overlay;

namespace Ledger.Node.Sync;

/// <summary>One height above the tip: who was asked for its block, and the block once it has come.</summary>
internal sealed class BlockSlot
{
    /// <summary>A peer that delivers one block at a time must not hold one height up for ever.</summary>
    private const ulong Patience = 4;

    private readonly SortedSet<PeerId> asked = [];
    private ulong askedMs;

    /// <summary>Who is to deliver; null where the height must be asked for.</summary>
    internal PeerId? From { get; private set; }

    internal WireMessage.BlockReply? Reply { get; private set; }

    internal bool IsOpen => From is null;

    internal bool WasAsked(PeerId peer) => asked.Contains(peer);

    internal void Ask(PeerId peer, ulong nowMs)
    {
        asked.Add(peer);
        (From, askedMs) = (peer, nowMs);
    }

    internal void Fill(PeerId sender, WireMessage.BlockReply reply) => (From, Reply) = (sender, reply);

    internal void Reopen() => (From, Reply) = (null, null);

    /// <summary>Whether the peer has had its time; each block that it delivers gives it more, up to a limit.</summary>
    internal bool IsOverdue(ulong deliveredMs, ulong nowMs) => !IsOpen && Reply is null
        && (nowMs >= Math.Max(askedMs, deliveredMs) + OverlayLimits.BlockTimeoutMs
            || nowMs >= askedMs + Patience * OverlayLimits.BlockTimeoutMs);
}

using System.Net;
using Ledger.Consensus.Crypto;

namespace Ledger.Node.Overlay;

/// <summary>How we stand with a peer right now.</summary>
internal enum PeerLink
{
    None,
    Dialling,

    /// <summary>Dialled only to see whether it answers.</summary>
    Probing,
    Outbound,
    Inbound,
}

/// <summary>
/// One line of the peer book. <paramref name="Source"/> is who told us, null for the bootstrap list, our own disk and
/// peers that came by themselves.
/// </summary>
internal sealed record PeerEntry(PeerId Id, IPEndPoint Address, PeerId? Source, bool Bootstrap)
{
    /// <summary>When we were last connected, by the host's clock; null for never.</summary>
    internal ulong? LastSuccessMs { get; init; }

    /// <summary>Attempts in a row that failed.</summary>
    internal int Failures { get; init; }

    internal ulong NextDialMs { get; init; }

    internal PeerLink Link { get; init; }

    /// <summary>Since when the connection lasts, while there is one.</summary>
    internal ulong ConnectedMs { get; init; }

    /// <summary>Whether we were connected to it when we last stopped, by our own choice.</summary>
    internal bool Anchor { get; init; }

    internal bool IsConnected => Link is PeerLink.Outbound or PeerLink.Inbound;

    internal NetworkGroup Group => NetworkGroup.Of(Address.Address);

    /// <summary>Whether another address may take this one's place, since this one does not answer.</summary>
    internal bool MayMove => !Bootstrap && Link == PeerLink.None && Failures >= (LastSuccessMs is null ? 1 : 3);

    /// <summary>Whether it may give way to an address that nobody has tried yet.</summary>
    internal bool IsHopeless(ulong nowMs) => MayMove
        && !(LastSuccessMs is { } met && nowMs < met + OverlayLimits.PassOnMs);

    internal PeerEntry AfterFailure(ulong nowMs, ulong jitterMs)
    {
        var met = IsConnected ? nowMs : LastSuccessMs;
        // Who hangs up at once does not want us, and is not called again and again.
        var hungUp = IsConnected && nowMs < ConnectedMs + OverlayLimits.SettledMs;
        var failures = IsConnected && !hungUp ? 0 : Failures;
        var most = !hungUp && (Bootstrap || nowMs < met + OverlayLimits.LostForMs)
            ? OverlayLimits.DialBackoffLostMs
            : OverlayLimits.DialBackoffMaxMs;
        var pause = OverlayLimits.DialBackoffMs << Math.Min(failures, 16);
        return this with
        {
            Link = PeerLink.None,
            Failures = Math.Min(failures + 1, OverlayLimits.FailuresMax),
            LastSuccessMs = met,
            NextDialMs = nowMs + Math.Min(pause, most) + jitterMs,
            Anchor = Anchor && Failures < OverlayLimits.AnchorTriesMax,
        };
    }
}

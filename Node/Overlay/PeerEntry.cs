using System.Net;
using Ledger.Consensus.Crypto;

namespace Ledger.Node.Overlay;

/// <summary>How we stand with a peer right now.</summary>
internal enum PeerLink
{
    None,
    Dialling,
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

    internal bool IsConnected => Link is PeerLink.Outbound or PeerLink.Inbound;

    /// <summary>Whether another address may take this one's place, since this one does not answer.</summary>
    internal bool MayMove => !Bootstrap && Link == PeerLink.None && Failures >= (LastSuccessMs is null ? 1 : 3);

    internal PeerEntry AfterFailure(ulong nowMs, ulong jitterMs)
    {
        var met = IsConnected ? nowMs : LastSuccessMs;
        var most = Bootstrap || nowMs < met + OverlayLimits.LostForMs
            ? OverlayLimits.DialBackoffLostMs
            : OverlayLimits.DialBackoffMaxMs;
        var pause = OverlayLimits.DialBackoffMs << Math.Min(Failures, 16);
        return this with
        {
            Link = PeerLink.None,
            Failures = Failures + 1,
            LastSuccessMs = met,
            NextDialMs = nowMs + Math.Min(pause, most) + jitterMs,
        };
    }
}

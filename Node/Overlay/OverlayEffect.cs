using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.Light;

namespace Ledger.Node.Overlay;

/// <summary>What the host must do for overlay and sync, in order.</summary>
internal abstract record OverlayEffect
{
    private OverlayEffect()
    {
    }

    internal sealed record Send(PeerId To, WireMessage Message) : OverlayEffect;

    internal sealed record Penalise(PeerId Peer, Misdeed Misdeed) : OverlayEffect;

    /// <summary>
    /// The block after our tip: check its certificate against the validators of our state and apply it, then say
    /// <c>Verified</c> or <c>Failed</c>. There is never more than one on offer.
    /// </summary>
    internal sealed record VerifyBlock(PeerId Sender, Block Block, CommitCertificate Certificate) : OverlayEffect;

    /// <summary>A wanted blob is known by its chunks from now on: whatever of it comes must be kept.</summary>
    internal sealed record KeepManifest(BlobManifest Blob) : OverlayEffect;

    /// <summary>A chunk that was checked; with it, <paramref name="Here"/> are here.</summary>
    internal sealed record KeepChunk(BlobManifest Blob, int Index, byte[] Content, ChunkSet Here) : OverlayEffect;

    /// <summary>All chunks of a wanted blob are kept.</summary>
    internal sealed record BlobReady(BlobManifest Blob) : OverlayEffect;

    /// <summary>A chunk that is kept here is to be sent.</summary>
    internal sealed record SendChunk(PeerId To, Digest Id, int Index) : OverlayEffect;

    /// <summary>A whole state, proved leaf by leaf, to begin with.</summary>
    internal sealed record SnapshotReady(Snapshot Snapshot) : OverlayEffect;
}

/// <summary>What a peer can do wrong. Only what cannot be the network's fault costs much.</summary>
internal enum Misdeed
{
    TimedOut,
    TooOften,
    Unsolicited,
    BrokenPromise,
    BadSignature,
    BadBlob,
    BadBlock,
    BadSnapshot,
    Malformed,
}

/// <summary>What each misdeed costs; a ban costs <see cref="OverlayLimits.BanPoints"/>.</summary>
internal static class MisdeedPoints
{
    internal static int Points(this Misdeed misdeed) => misdeed switch
    {
        Misdeed.TimedOut or Misdeed.TooOften => 1,
        Misdeed.Unsolicited => 5,
        Misdeed.BrokenPromise => 2,
        Misdeed.BadSignature => 20,
        Misdeed.BadBlob => 40,
        Misdeed.BadBlock => 50,
        Misdeed.BadSnapshot => 50,
        _ => OverlayLimits.BanPoints,
    };
}

using Ledger.Node.Overlay;

namespace Ledger.Node.Sync;

/// <summary>The answers to other peers' requests. What is asked for decides what we read, so it is bounded here.</summary>
internal static class Serving
{
    /// <summary>The heights to send for a request, in order; none above our tip.</summary>
    internal static IEnumerable<ulong> Heights(WireMessage.GetBlocks ask, ulong tip)
    {
        var count = ask.From == 0 || ask.From > tip
            ? 0
            : Math.Min((ulong)Math.Clamp(ask.Count, 0, OverlayLimits.BlocksPerRequestMax), tip - ask.From + 1);
        for (ulong i = 0; i < count; i++)
            yield return ask.From + i;
    }

    /// <summary>The part of <paramref name="blob"/> that was asked for; <see cref="WireMessage.NoBlob"/> where there is none.</summary>
    internal static WireMessage Part(WireMessage.GetBlob ask, byte[]? blob) =>
        blob is null || ask.Offset >= blob.Length || ask.Offset % OverlayLimits.BlobPartBytes != 0
            ? new WireMessage.NoBlob(ask.Id)
            : new WireMessage.BlobPart(ask.Id, ask.Offset, (uint)blob.Length,
                blob.AsSpan((int)ask.Offset, Math.Min(OverlayLimits.BlobPartBytes, blob.Length - (int)ask.Offset)).ToArray());
}

using Ledger.Consensus.Crypto;
using Ledger.Node.Overlay;

namespace Ledger.Node.Sync;

/// <summary>The manifests of the blobs that were asked for last; others are looked up.</summary>
internal sealed class ManifestCache(Func<Digest, BlobManifest?> find)
{
    // The newest first.
    private readonly LinkedList<BlobManifest> recent = new();

    internal BlobManifest? Find(Digest id)
    {
        for (var node = recent.First; node is not null; node = node.Next)
            if (node.Value.Id == id)
            {
                recent.Remove(node);
                recent.AddFirst(node);
                return node.Value;
            }
        if (find(id) is not { } found)
            return null;
        recent.AddFirst(found);
        if (recent.Count > SwarmLimits.ManifestsMax)
            recent.RemoveLast();
        return found;
    }
}

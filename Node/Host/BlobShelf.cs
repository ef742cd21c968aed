using Ledger.Consensus.Crypto;
using Ledger.Node.Storage;

namespace Ledger.Node.Host;

/// <summary>
/// The blobs that peers are fetching now. They ask for parts, and reading and hashing the whole for each part would
/// cost the square of its size.
/// </summary>
internal sealed class BlobShelf(Store store)
{
    private const int BlobsMax = 16;
    private const long BytesMax = 2L * Consensus.Codec.Limits.BlobBytesMax;

    private readonly LinkedList<(Digest Id, byte[] Content)> recent = new();

    /// <summary>A blob by its hash; null where it is not held here.</summary>
    internal byte[]? Find(Digest id)
    {
        for (var node = recent.First; node is not null; node = node.Next)
            if (node.Value.Id == id)
            {
                recent.Remove(node);
                recent.AddFirst(node);
                return node.Value.Content;
            }
        if (store.Blob(id) is not { } content)
            return null;
        recent.AddFirst((id, content));
        while (recent.Count > BlobsMax || recent.Count > 1 && recent.Sum(b => (long)b.Content.Length) > BytesMax)
            recent.RemoveLast();
        return content;
    }
}

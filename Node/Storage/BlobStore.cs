using System.Buffers.Binary;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;
using Ledger.Node.Overlay;
using Ledger.Node.Sync;

namespace Ledger.Node.Storage;

/// <summary>
/// Blobs on disk, chunk by chunk, so that none has to be in memory as a whole. A blob is here once its manifest is
/// among those of whole blobs; until then its chunks are those that the record beside its manifest names.
/// </summary>
internal sealed class BlobStore(IKeyValue db)
{
    internal const string Whole = "blobs", Chunks = "chunks", Unfinished = "unfinished", Here = "here";

    internal static IReadOnlyList<string> Families { get; } = [Whole, Chunks, Unfinished, Here];

    internal bool Has(Digest id) => db.Get(Whole, id.ToArray()) is not null;

    /// <summary>The manifest of a whole blob; null where it is not here.</summary>
    internal BlobManifest? Manifest(Digest id) => Read(Whole, id);

    /// <summary>A chunk of a blob, whole or not.</summary>
    internal byte[]? Chunk(Digest id, int index) => db.Get(Chunks, KeyOf(id, index));

    /// <summary>A whole blob; one whose bytes have changed on disk counts as damage.</summary>
    internal byte[]? Content(Digest id)
    {
        if (Manifest(id) is not { } manifest)
            return null;
        var content = new byte[manifest.Length];
        for (var i = 0; i < manifest.Count; i++)
        {
            if (Chunk(id, i) is not { } chunk || !manifest.Fits(i, chunk))
                throw Damaged(id);
            chunk.CopyTo(content, (long)i * manifest.ChunkBytes);
        }
        return content;
    }

    /// <summary>Keeps a blob, durably, and gives its id.</summary>
    internal Digest Put(ReadOnlySpan<byte> content)
    {
        var manifest = BlobManifest.Of(content);
        for (var i = 0; i < manifest.Count; i++)
        {
            var batch = new WriteBatch();
            batch.Put(Chunks, KeyOf(manifest.Id, i), content.Slice(i * manifest.ChunkBytes, manifest.LengthOf(i)));
            db.Write(batch, sync: false);
        }
        Finish(manifest);
        return manifest.Id;
    }

    /// <summary>What an earlier attempt to fetch a blob has left.</summary>
    internal PartialBlob? Partial(Digest id)
    {
        if (Read(Unfinished, id) is not { } manifest)
            return null;
        var reader = new Reader(db.Get(Here, id.ToArray()));
        var here = ChunkSet.Read(ref reader);
        return reader.Finished && here.Last < manifest.Count ? new(manifest, here) : throw Damaged(id);
    }

    /// <summary>The blobs that are not whole.</summary>
    internal IReadOnlyList<BlobManifest> Partials() =>
        [.. db.Scan(Unfinished).Select(p => Read(Unfinished, Digest.From(p.Key))!)];

    /// <summary>Chunks of a blob will come.</summary>
    internal void Begin(BlobManifest manifest)
    {
        var batch = new WriteBatch();
        batch.Put(Unfinished, manifest.Id.ToArray(), Encode(manifest));
        batch.Put(Here, manifest.Id.ToArray(), Encode(new ChunkSet()));
        db.Write(batch, sync: false);
    }

    /// <summary>Keeps a chunk that was checked, together with the record of those that are here. A crash may take the
    /// last ones away, but never what the record names.</summary>
    internal void Put(BlobManifest manifest, int index, byte[] chunk, ChunkSet here)
    {
        var batch = new WriteBatch();
        batch.Put(Chunks, KeyOf(manifest.Id, index), chunk);
        batch.Put(Here, manifest.Id.ToArray(), Encode(here));
        db.Write(batch, sync: false);
    }

    /// <summary>All chunks are kept: the blob is here, durably.</summary>
    internal void Finish(BlobManifest manifest)
    {
        var batch = new WriteBatch();
        batch.Put(Whole, manifest.Id.ToArray(), Encode(manifest));
        batch.Delete(Unfinished, manifest.Id.ToArray());
        batch.Delete(Here, manifest.Id.ToArray());
        db.Write(batch, sync: true);
    }

    /// <summary>Deletes what there is of a blob that is not whole.</summary>
    internal void Forget(Digest id)
    {
        var batch = new WriteBatch();
        batch.DeleteRange(Chunks, KeyOf(id, 0), KeyOf(id, Limits.BlobChunksMax));
        batch.Delete(Unfinished, id.ToArray());
        batch.Delete(Here, id.ToArray());
        db.Write(batch, sync: false);
    }

    /// <summary>Deletes a whole blob with the batch, and gives its bytes.</summary>
    internal long Delete(WriteBatch batch, Digest id)
    {
        if (Manifest(id) is not { } manifest)
            return 0;
        batch.Delete(Whole, id.ToArray());
        // One by one: thousands of ranges, one for each blob, would slow down every read until they are compacted.
        for (var i = 0; i < manifest.Count; i++)
            batch.Delete(Chunks, KeyOf(id, i));
        return manifest.Length;
    }

    private BlobManifest? Read(string family, Digest id)
    {
        if (db.Get(family, id.ToArray()) is not { } bytes)
            return null;
        var reader = new Reader(bytes);
        reader.Array(2);
        var manifest = BlobManifest.Read(ref reader);
        return reader.Finished && manifest?.Id == id ? manifest : throw Damaged(id);
    }

    private static StoreException Damaged(Digest id) => StoreException.Damaged("blobs", $"blob {id} has other bytes");

    private static byte[] Encode(BlobManifest manifest)
    {
        var writer = new Writer();
        manifest.Write(writer.Array(2));
        return writer.ToArray();
    }

    private static byte[] Encode(ChunkSet chunks)
    {
        var writer = new Writer();
        chunks.Write(writer);
        return writer.ToArray();
    }

    private static byte[] KeyOf(Digest id, int chunk)
    {
        var key = new byte[Digest.Size + sizeof(int)];
        id.Value.CopyTo(key);
        BinaryPrimitives.WriteInt32BigEndian(key.AsSpan(Digest.Size), chunk);
        return key;
    }
}

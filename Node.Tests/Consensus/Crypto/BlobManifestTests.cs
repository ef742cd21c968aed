using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;

namespace Ledger.Node.Tests.Consensus.Crypto;

/// <summary>The id of a blob binds its length and every chunk, and nothing else has it.</summary>
public class BlobManifestTests
{
    private const int Chunk = Limits.ChunkBytesMin;

    private static byte[] Content(int length)
    {
        var content = new byte[length];
        new Random(length).NextBytes(content);
        return content;
    }

    // The definition written out once more, with other means.
    private static byte[] Id(byte[] content)
    {
        var length = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(length, content.Length);
        return SHA256.HashData([2, .. length, .. Root([.. content.Chunk(Chunk)])]);
    }

    private static byte[] Root(byte[][] chunks)
    {
        if (chunks is [])
            return SHA256.HashData([]);
        if (chunks is [var only])
            return SHA256.HashData([0, .. only]);
        var left = 1;
        while (2 * left < chunks.Length)
            left *= 2;
        return SHA256.HashData([1, .. Root(chunks[..left]), .. Root(chunks[left..])]);
    }

    [Test]
    public void The_id_is_a_hash_of_the_length_and_the_root_of_the_chunks(
        [Values(0, 1, Chunk - 1, Chunk, Chunk + 1, 5 * Chunk + 7)] int length)
    {
        var content = Content(length);

        Assert.That(Digest.OfBlob(content).ToArray(), Is.EqualTo(Id(content)));
    }

    [TestCase(0, 0, Chunk)]
    [TestCase(1, 1, Chunk)]
    [TestCase(100 << 20, 1_600, Chunk)]
    [TestCase(128 << 20, 2_048, Chunk)]
    [TestCase((128 << 20) + 1, 1_025, 2 * Chunk)]
    [TestCase(Limits.BlobBytesMax, 2_048, Limits.ChunkBytesMax)]
    public void A_blob_of_any_size_has_at_most_2048_chunks(long length, int count, int size)
    {
        Assert.That(BlobManifest.CountOf(length), Is.EqualTo(count));
        Assert.That(BlobManifest.ChunkBytesOf(length), Is.EqualTo(size));
    }

    [Test]
    public void Each_chunk_fits_its_place_alone()
    {
        var content = Content(3 * Chunk + 5);
        var manifest = BlobManifest.Of(content);
        var chunks = content.Chunk(Chunk).ToArray();
        for (var place = 0; place < 4; place++)
            for (var chunk = 0; chunk < 4; chunk++)
                Assert.That(manifest.Fits(place, chunks[chunk]), Is.EqualTo(place == chunk));

        chunks[1][77] ^= 1;
        Assert.That(manifest.Fits(1, chunks[1]), Is.False);
        Assert.That(manifest.Fits(3, [.. chunks[3], 0]), Is.False);
        Assert.That(manifest.Fits(-1, chunks[0]), Is.False);
        Assert.That(manifest.Fits(4, []), Is.False);
    }

    // Attack 23.
    [Test]
    public void An_inner_node_offered_as_a_chunk_or_another_length_gives_another_id()
    {
        var content = Content(2 * Chunk);
        var manifest = BlobManifest.Of(content);
        byte[] inner = [.. manifest.Leaves[0].ToArray(), .. manifest.Leaves[1].ToArray()];

        Assert.That(Digest.OfBlob(inner), Is.Not.EqualTo(manifest.Id));
        Assert.That(BlobManifest.Of(2 * Chunk - 1, manifest.Leaves)!.Id, Is.Not.EqualTo(manifest.Id));
        Assert.That(BlobManifest.Of(1, [Merkle.Root(manifest.Leaves.AsSpan())])!.Id, Is.Not.EqualTo(manifest.Id));
        // The planted bug: without the length in the id, and without prefixes, both would pass.
        Assert.That(SHA256.HashData(inner), Is.EqualTo(SHA256.HashData(
            [.. manifest.Leaves.SelectMany(leaf => leaf.ToArray())])));
    }

    [Test]
    public void So_many_hashes_must_be_those_of_such_a_length()
    {
        ImmutableArray<Digest> two = [Some.Digest(1), Some.Digest(2)];
        foreach (var length in (long[])[-1, 0, Chunk, 2 * Chunk + 1, Limits.BlobBytesMax + 1L, long.MaxValue])
            Assert.That(BlobManifest.Of(length, two), Is.Null, $"{length}");
        Assert.That(BlobManifest.Of(Chunk + 1, two), Is.Not.Null);
    }
}

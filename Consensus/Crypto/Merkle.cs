namespace Ledger.Consensus.Crypto;

/// <summary>
/// Merkle tree hash as in RFC 6962, section 2.1: leaves under the prefix 0x00, nodes under 0x01, split at the largest
/// power of two below the count. The prefixes keep a leaf from posing as a node; nothing is duplicated for odd counts.
/// </summary>
public static class Merkle
{
    private static readonly Digest Empty = Digest.OfBytes([]);

    /// <summary>The root over <paramref name="leaves"/>, in their order.</summary>
    public static Digest Root(IReadOnlyList<byte[]> leaves)
    {
        var hashes = new Digest[leaves.Count];
        for (var i = 0; i < hashes.Length; i++)
            hashes[i] = Leaf(leaves[i]);
        return Root(hashes);
    }

    /// <summary>The hash of one leaf's content.</summary>
    public static Digest Leaf(ReadOnlySpan<byte> content) => Sha256.HashPrefixed(0x00, content);

    /// <summary>The hash of a leaf whose content is two digests: for trees over keys and values.</summary>
    public static Digest Leaf(Digest key, Digest value) => Pair(0x00, key, value);

    /// <summary>The root over leaf hashes.</summary>
    public static Digest Root(ReadOnlySpan<Digest> hashes) => hashes.Length switch
    {
        0 => Empty,
        1 => hashes[0],
        _ => Node(Root(hashes[..Split(hashes.Length)]), Root(hashes[Split(hashes.Length)..])),
    };

    private static int Split(int count) => 1 << (31 - int.LeadingZeroCount(count - 1));

    /// <summary>The hash of an inner node.</summary>
    public static Digest Node(Digest left, Digest right) => Pair(0x01, left, right);

    private static Digest Pair(byte prefix, Digest left, Digest right)
    {
        Span<byte> input = stackalloc byte[1 + 2 * Digest.Size];
        input[0] = prefix;
        left.Value.CopyTo(input[1..]);
        right.Value.CopyTo(input[(1 + Digest.Size)..]);
        return Digest.OfBytes(input);
    }
}

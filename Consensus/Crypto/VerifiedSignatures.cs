namespace Ledger.Consensus.Crypto;

/// <summary>
/// A memo of signatures that were good, or our own, since verifying is pure and costs a hundred times a look at this
/// table. A vote comes back in certificates, a transaction in a block; whoever checks them again, checks all of them
/// and pays little (as the signature cache of Bitcoin Core does). Only SHA-256 collisions could deceive it.
/// </summary>
internal static class VerifiedSignatures
{
    // 2^16 entries of 32 bytes: all votes of a hundred heights of a hundred validators, in some 4 MB.
    private const int Size = 1 << 16;

    private const int KeyBytes = PublicKey.Size + Digest.Size + Signature.Size;

    // A reference is written and read whole, so that threads need no lock. A newer entry takes the place of an older.
    private static readonly Entry?[] Table = new Entry?[Size];

    /// <summary>The name under which a verified signature is known.</summary>
    internal static Digest NameOf(PublicKey key, Digest message, Signature signature)
    {
        Span<byte> bytes = stackalloc byte[KeyBytes];
        key.Value.CopyTo(bytes);
        message.Value.CopyTo(bytes[PublicKey.Size..]);
        signature.CopyTo(bytes[(PublicKey.Size + Digest.Size)..]);
        return Sha256.Hash(bytes);
    }

    internal static bool Contains(Digest name) => Table[PlaceOf(name)] is { } entry && entry.Name == name;

    internal static void Add(Digest name) => Table[PlaceOf(name)] = new(name);

    private static int PlaceOf(Digest name) => (int)(name.Value.A & (Size - 1));

    private sealed record Entry(Digest Name);
}

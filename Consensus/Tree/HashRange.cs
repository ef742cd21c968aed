using Ledger.Consensus.Crypto;

namespace Ledger.Consensus.Tree;

/// <summary>All key hashes from one to another, both included.</summary>
public readonly record struct HashRange(Digest From, Digest To)
{
    /// <summary>Every key hash there can be.</summary>
    public static HashRange All => new(default, Last);

    /// <summary>The greatest key hash.</summary>
    public static Digest Last { get; } = new(new(ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue));

    /// <summary>The one place of a key.</summary>
    public static HashRange Of(ReadOnlySpan<byte> key) => new(Digest.OfBlob(key), Digest.OfBlob(key));

    public bool Contains(Digest keyHash) => From <= keyHash && keyHash <= To;
}

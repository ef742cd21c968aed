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
    public static HashRange Of(ReadOnlySpan<byte> key) => new(Digest.OfBytes(key), Digest.OfBytes(key));

    /// <summary>The key hash after one that is not the last.</summary>
    public static Digest After(Digest keyHash)
    {
        var (a, b, c, d) = keyHash.Value;
        unchecked
        {
            d++;
            c += d == 0 ? 1UL : 0;
            b += c == 0 && d == 0 ? 1UL : 0;
            a += b == 0 && c == 0 && d == 0 ? 1UL : 0;
        }
        return new(new(a, b, c, d));
    }

    public bool Contains(Digest keyHash) => From <= keyHash && keyHash <= To;
}

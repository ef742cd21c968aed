using System.Diagnostics.CodeAnalysis;

namespace Ledger.Consensus.Crypto;

/// <summary>The public key by which a peer's transport proves who it is, as bech32m with prefix <c>node</c>.</summary>
public readonly record struct PeerId(PublicKey Key) : IComparable<PeerId>
{
    private const string Prefix = "node";

    /// <summary>The id written as <paramref name="text"/>; false where any letter is wrong.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out PeerId? id)
    {
        var bytes = Bech32m.Decode(Prefix, text);
        id = bytes is { Length: PublicKey.Size } ? new(PublicKey.From(bytes)) : null;
        return id is not null;
    }

    /// <summary>The first letters after the prefix: enough to tell peers apart on a screen.</summary>
    public string Short => ToString()[..12];

    /// <inheritdoc/>
    public int CompareTo(PeerId other) => Key.CompareTo(other.Key);

    /// <summary>The bech32m text.</summary>
    public override string ToString() => Bech32m.Encode(Prefix, Key.ToArray());

    public static bool operator <(PeerId left, PeerId right) => left.CompareTo(right) < 0;

    public static bool operator >(PeerId left, PeerId right) => left.CompareTo(right) > 0;

    public static bool operator <=(PeerId left, PeerId right) => left.CompareTo(right) <= 0;

    public static bool operator >=(PeerId left, PeerId right) => left.CompareTo(right) >= 0;
}

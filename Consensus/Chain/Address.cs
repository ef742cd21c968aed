using System.Diagnostics.CodeAnalysis;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;

namespace Ledger.Consensus.Chain;

/// <summary>Who owns an account, stake or contribution: a public key, as bech32m with prefix <c>led</c>.</summary>
public readonly record struct Address(PublicKey Key) : IComparable<Address>
{
    private const string Prefix = "led";

    /// <summary>The address written as <paramref name="text"/>; false where any letter is wrong.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out Address? address)
    {
        var bytes = Bech32m.Decode(Prefix, text);
        address = bytes is { Length: PublicKey.Size } ? new(PublicKey.From(bytes)) : null;
        return address is not null;
    }

    /// <summary>The first letters after the prefix: enough to tell peers apart on a screen.</summary>
    public string Short => ToString()[..12];

    /// <inheritdoc/>
    public int CompareTo(Address other) => Key.CompareTo(other.Key);

    /// <summary>The bech32m text.</summary>
    public override string ToString() => Bech32m.Encode(Prefix, Key.ToArray());

    public static bool operator <(Address left, Address right) => left.CompareTo(right) < 0;

    public static bool operator >(Address left, Address right) => left.CompareTo(right) > 0;

    public static bool operator <=(Address left, Address right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Address left, Address right) => left.CompareTo(right) >= 0;
}

/// <summary>How addresses travel.</summary>
public static class AddressCodec
{
    public static Writer Address(this Writer writer, Address address) => writer.PublicKey(address.Key);

    public static Address Address(this ref Reader reader) => new(reader.PublicKey());
}

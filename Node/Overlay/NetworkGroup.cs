using System.Buffers.Binary;
using System.Net;

namespace Ledger.Node.Overlay;

/// <summary>
/// The addresses that one attacker may well own together: a /16 of IPv4, a /32 of IPv6. Who has many addresses seldom
/// has many groups.
/// </summary>
internal readonly record struct NetworkGroup(bool IsV6, ulong Prefix)
{
    internal static NetworkGroup Of(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        plain.TryWriteBytes(bytes, out var length);
        return length == bytes.Length
            ? new(true, BinaryPrimitives.ReadUInt32BigEndian(bytes))
            : new(false, BinaryPrimitives.ReadUInt16BigEndian(bytes));
    }

    internal void Write(Span<byte> target)
    {
        target[0] = IsV6 ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteUInt64LittleEndian(target[1..], Prefix);
    }
}

/// <summary>Where an address can be reached from.</summary>
internal enum Reach
{
    /// <summary>Multicast, broadcast, unspecified: nobody lives there.</summary>
    None,

    /// <summary>This machine alone.</summary>
    Loopback,

    /// <summary>A network whose numbers somebody chose for themselves (RFC 1918, RFC 4193, link-local).</summary>
    Private,

    Public,
}

/// <summary>What kind an address is.</summary>
internal static class Reaches
{
    internal static Reach Of(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        if (IPAddress.IsLoopback(plain))
            return Reach.Loopback;
        return plain.GetAddressBytes() is { Length: 4 } bytes ? OfV4(bytes) : OfV6(plain);
    }

    /// <summary>
    /// Whether a peer's word of an address means anything here: from outside, nobody can know of what lives on our own
    /// machine or network, and to be sent there would be a trick.
    /// </summary>
    internal static bool MayTell(IPAddress teller, IPAddress told) =>
        Of(told) is var reach and not Reach.None && reach >= (Of(teller) is Reach.None ? Reach.Public : Of(teller));

    private static Reach OfV6(IPAddress address) =>
        address.IsIPv6Multicast || address.Equals(IPAddress.IPv6Any) ? Reach.None
        : address.IsIPv6LinkLocal || address.IsIPv6UniqueLocal || address.IsIPv6SiteLocal ? Reach.Private
        : Reach.Public;

    private static Reach OfV4(byte[] bytes) => bytes switch
    {
        [0, ..] or [>= 224, ..] => Reach.None,
        [10, ..] or [172, >= 16 and < 32, ..] or [192, 168, ..] or [169, 254, ..] or [100, >= 64 and < 128, ..] =>
            Reach.Private,
        _ => Reach.Public,
    };
}

using System.Buffers.Binary;
using System.Net;

namespace Ledger.Node.Transport;

/// <summary>The addresses that one host, or one network, is taken to own where strangers are counted.</summary>
internal readonly record struct AddressGroup(bool IsV6, int Bits, ulong Prefix)
{
    /// <summary>One address of IPv4, a /64 of IPv6.</summary>
    internal static AddressGroup Host(IPAddress address) => Of(address, v4Bits: 32, v6Bits: 64);

    /// <summary>A /24 of IPv4, a /48 of IPv6.</summary>
    internal static AddressGroup Network(IPAddress address) => Of(address, v4Bits: 24, v6Bits: 48);

    private static AddressGroup Of(IPAddress address, int v4Bits, int v6Bits)
    {
        Span<byte> bytes = stackalloc byte[AddressBytes.IpBytes];
        AddressBytes.WriteIp(address, bytes);
        return AddressBytes.IsV4(bytes)
            ? new(false, v4Bits, BinaryPrimitives.ReadUInt32BigEndian(bytes[12..]) >> (32 - v4Bits))
            : new(true, v6Bits, BinaryPrimitives.ReadUInt64BigEndian(bytes) >> (64 - v6Bits));
    }
}

/// <summary>An address on the wire: the IP as 16 bytes, IPv4 mapped into IPv6 (RFC 4291 section 2.5.5.2), then the
/// port in 2.</summary>
internal static class AddressBytes
{
    internal const int IpBytes = 16, Bytes = IpBytes + sizeof(ushort);

    private static ReadOnlySpan<byte> MappedPrefix => [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF];

    internal static bool IsV4(ReadOnlySpan<byte> ip) => ip.StartsWith(MappedPrefix);

    internal static void WriteIp(IPAddress address, Span<byte> target)
    {
        address.TryWriteBytes(target, out var length);
        if (length == IpBytes)
            return;
        target[..length].CopyTo(target[MappedPrefix.Length..]);
        MappedPrefix.CopyTo(target);
    }

    internal static void Write(IPEndPoint address, Span<byte> target)
    {
        WriteIp(address.Address, target);
        BinaryPrimitives.WriteUInt16BigEndian(target[IpBytes..], (ushort)address.Port);
    }

    internal static IPEndPoint Read(ReadOnlySpan<byte> source)
    {
        var ip = source[..IpBytes];
        return new(new IPAddress(IsV4(ip) ? ip[MappedPrefix.Length..] : ip),
            BinaryPrimitives.ReadUInt16BigEndian(source[IpBytes..]));
    }
}

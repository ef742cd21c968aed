using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Ledger.Node.Transport;

namespace Ledger.Node.Host;

/// <summary>Translates between the addresses of the socket and those of the endpoint without making new objects for
/// each datagram. Strangers fill it too, so that it is emptied when it is full.</summary>
internal sealed class SocketAddressCache(AddressFamily family)
{
    private readonly Dictionary<SocketName, IPEndPoint> fromSocket = [];
    private readonly Dictionary<IPEndPoint, byte[]> toSocket = [];
    private readonly IPEndPoint prototype =
        new(family == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
    private (SocketName Name, IPEndPoint? Address) lastReceived;
    private (IPEndPoint? Address, byte[] Name) lastSent = (null, []);

    /// <summary>The sender of this name (sockaddr_in or sockaddr_in6).</summary>
    internal IPEndPoint Of(ReadOnlySpan<byte> name)
    {
        var key = SocketName.Of(name);
        if (lastReceived.Address is { } last && lastReceived.Name == key)
            return last;
        if (!fromSocket.TryGetValue(key, out var address))
        {
            if (fromSocket.Count >= TransportLimits.AddressCacheMax)
                fromSocket.Clear();
            fromSocket[key] = address = Create(name);
        }
        lastReceived = (key, address);
        return address;
    }

    /// <summary>The name by which the system knows an address.</summary>
    internal ReadOnlySpan<byte> Of(IPEndPoint address)
    {
        if (ReferenceEquals(lastSent.Address, address))
            return lastSent.Name;
        if (!toSocket.TryGetValue(address, out var name))
        {
            if (toSocket.Count >= TransportLimits.AddressCacheMax)
                toSocket.Clear();
            var serialized = address.Serialize();
            toSocket[address] = name = serialized.Buffer[..serialized.Size].ToArray();
        }
        lastSent = (address, name);
        return name;
    }

    private IPEndPoint Create(ReadOnlySpan<byte> name)
    {
        var copy = new SocketAddress(family, name.Length);
        name.CopyTo(copy.Buffer.Span);
        return (IPEndPoint)prototype.Create(copy);
    }

    /// <summary>The bytes of a socket's name as a key: 16 for IPv4, 28 for IPv6.</summary>
    private readonly record struct SocketName(ulong First, ulong Second, ulong Third, uint Fourth)
    {
        internal static SocketName Of(ReadOnlySpan<byte> name)
        {
            Span<byte> padded = stackalloc byte[32];
            padded.Clear();
            name.CopyTo(padded);
            var words = MemoryMarshal.Cast<byte, ulong>(padded);
            return new(words[0], words[1], words[2], (uint)(words[3] & uint.MaxValue));
        }
    }
}

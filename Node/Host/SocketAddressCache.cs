using System.Net;
using System.Net.Sockets;
using Ledger.Node.Transport;

namespace Ledger.Node.Host;

/// <summary>Translates between the addresses of the socket and those of the endpoint without making new objects for
/// each datagram. Strangers fill it too, so that it is emptied when it is full.</summary>
internal sealed class SocketAddressCache(AddressFamily family)
{
    private readonly Dictionary<SocketAddress, IPEndPoint> fromSocket = [];
    private readonly Dictionary<IPEndPoint, SocketAddress> toSocket = [];
    private readonly IPEndPoint prototype =
        new(family == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);

    /// <summary>What the socket writes a sender into.</summary>
    internal SocketAddress Scratch { get; } = new(family);

    /// <summary>The sender in <see cref="Scratch"/>.</summary>
    internal IPEndPoint Received()
    {
        if (fromSocket.TryGetValue(Scratch, out var known))
            return known;
        var copy = new SocketAddress(family, Scratch.Size);
        Scratch.Buffer[..Scratch.Size].CopyTo(copy.Buffer);
        var address = (IPEndPoint)prototype.Create(copy);
        if (fromSocket.Count >= TransportLimits.AddressCacheMax)
            fromSocket.Clear();
        fromSocket[copy] = address;
        return address;
    }

    internal SocketAddress Of(IPEndPoint address)
    {
        if (toSocket.TryGetValue(address, out var known))
            return known;
        if (toSocket.Count >= TransportLimits.AddressCacheMax)
            toSocket.Clear();
        return toSocket[address] = address.Serialize();
    }
}

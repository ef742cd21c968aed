using System.Net;
using System.Net.Sockets;
using Ledger.Node.Transport;

namespace Ledger.Node.Cli.Doctor;

/// <summary>Whether the addresses that a node is to listen on can be had, and what the system grants a UDP
/// socket.</summary>
internal static class PortCheck
{
    private const string Buffers = "udp buffers";

    // Doubled by Linux for its own records (socket(7)), on setting and on asking.
    private const int LinuxDoubles = 2;

    /// <summary>The UDP address of the node; <paramref name="held"/> is where the node of this home listens
    /// now.</summary>
    internal static Finding Datagrams(IPEndPoint at, string? held) =>
        Bind("udp listen", at, held, SocketType.Dgram, ProtocolType.Udp, "ledger run --listen");

    /// <summary>The TCP address of its API and dashboard.</summary>
    internal static Finding Api(IPEndPoint at) =>
        Bind("api listen", at, held: null, SocketType.Stream, ProtocolType.Tcp, "ledger run --api");

    /// <summary>What a UDP socket gets of what the transport asks for.</summary>
    internal static Finding SocketBuffers()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.ReceiveBufferSize = socket.SendBufferSize = TransportLimits.SocketBufferBytes;
        var scale = OperatingSystem.IsLinux() ? LinuxDoubles : 1;
        return SocketBuffers(socket.ReceiveBufferSize / scale, socket.SendBufferSize / scale);
    }

    internal static Finding SocketBuffers(int receive, int send)
    {
        const int Asked = TransportLimits.SocketBufferBytes;
        return receive >= Asked && send >= Asked
            ? Finding.Ok(Buffers, $"{Size(Asked)} each way, as the transport asks")
            : Finding.Warn(Buffers,
                $"{Size(receive)} to receive and {Size(send)} to send of {Size(Asked)}: blobs will lose packets",
                $"sysctl -w net.core.rmem_max={Asked} net.core.wmem_max={Asked}");
    }

    private static Finding Bind(
        string check, IPEndPoint at, string? held, SocketType type, ProtocolType protocol, string command)
    {
        if (held == at.ToString())
            return Finding.Ok(check, $"{at}, held by the node that runs here");
        using var socket = new Socket(at.AddressFamily, type, protocol);
        try
        {
            socket.Bind(at);
            return Finding.Ok(check, IPAddress.IsLoopback(at.Address) && protocol == ProtocolType.Udp
                ? $"{at} is free; only peers on this machine can reach it"
                : $"{at} is free");
        }
        catch (SocketException e)
        {
            return Finding.Fail(check, $"cannot listen on {at}: {e.Message.ToLowerInvariant()}",
                $"{command} {Another(at, e.SocketErrorCode)}");
        }
    }

    private static IPEndPoint Another(IPEndPoint at, SocketError why) => why == SocketError.AddressNotAvailable
        ? new(at.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any, at.Port)
        : new(at.Address, 0);

    private static string Size(int bytes) => Figures.Bytes((ulong)bytes);
}

using System.Net;
using System.Net.Sockets;

namespace Ledger.Node.Cli.Devnet;

/// <summary>Ports of the loopback that nobody uses right now.</summary>
internal static class FreePorts
{
    internal static IPEndPoint[] Take(int count)
    {
        var sockets = Enumerable.Range(0, count)
            .Select(_ => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp)).ToArray();
        // All are open at once, so that no port is given twice.
        foreach (var socket in sockets)
            socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var ports = Array.ConvertAll(sockets, socket => (IPEndPoint)socket.LocalEndPoint!);
        foreach (var socket in sockets)
            socket.Dispose();
        return ports;
    }

    /// <summary>One for HTTP.</summary>
    internal static IPEndPoint TakeTcp()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return (IPEndPoint)socket.LocalEndPoint!;
    }
}

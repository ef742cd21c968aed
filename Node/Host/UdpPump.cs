using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Ledger.Consensus.Crypto;
using Ledger.Node.Transport;

namespace Ledger.Node.Host;

/// <summary>
/// The only socket: one thread owns it and the <see cref="Endpoint"/>. It sleeps until a datagram arrives, the
/// endpoint's timer is due or another thread posts an action, and hands events to a callback that must not block:
/// while it runs, nothing is received.
/// </summary>
internal sealed class UdpPump : ILinks, IDisposable
{
    // Often enough for a screen that shows rounds of a second.
    private const long StatisticsEveryUs = 200_000;

    private readonly Endpoint endpoint;
    private readonly Action<NetEvent> deliver;
    private readonly Socket socket;
    private readonly SocketAddress doorbell;
    private readonly ConcurrentQueue<Action<Endpoint, long>> posted = new();
    private readonly SocketAddressCache addresses;
    private readonly byte[] buffer = new byte[ushort.MaxValue];
    private readonly Thread thread;
    private TransportStatistics statistics;
    private int awake = 1;
    private bool stopping;

    /// <summary>Binds and starts. The pump owns <paramref name="endpoint"/> from now on.</summary>
    /// <exception cref="SocketException">The address is in use or not ours.</exception>
    internal UdpPump(Endpoint endpoint, IPEndPoint bind, Action<NetEvent> deliver)
    {
        (this.endpoint, this.deliver) = (endpoint, deliver);
        statistics = endpoint.Statistics();
        addresses = new(bind.AddressFamily);
        socket = Bind(bind);
        LocalAddress = (IPEndPoint)socket.LocalEndPoint!;
        doorbell = Reachable(LocalAddress).Serialize();
        thread = new(Run) { Name = "udp", IsBackground = true };
        thread.Start();
    }

    /// <summary>The address bound, with the port that the system chose where 0 was asked for.</summary>
    internal IPEndPoint LocalAddress { get; }

    /// <summary>Microseconds on the clock that the endpoint lives by.</summary>
    internal static long NowUs => Stopwatch.GetTimestamp() / (Stopwatch.Frequency / 1_000_000);

    /// <summary>As of at most about 200 ms ago.</summary>
    internal TransportStatistics Statistics => Volatile.Read(ref statistics);

    /// <summary>Datagrams that the system refused to send. They count as lost on the way, and are sent again.</summary>
    internal long SendFailures { get; private set; }

    public void Send(PeerId to, MessageClass urgency, byte[] message) =>
        Post((endpoint, now) => endpoint.Send(now, to, urgency, message));

    public void Connect(PeerId peer, IPEndPoint address) =>
        Post((endpoint, now) => endpoint.Connect(now, peer, address));

    public void Disconnect(PeerId peer, CloseReason reason) =>
        Post((endpoint, now) => endpoint.Disconnect(now, peer, reason));

    /// <summary>Runs an action on the pump's thread at once. False where too many wait already or the
    /// pump has stopped.</summary>
    internal bool Post(Action<Endpoint, long> action)
    {
        if (Volatile.Read(ref stopping) || posted.Count >= TransportLimits.PostedMax)
            return false;
        posted.Enqueue(action);
        Ring();
        return true;
    }

    /// <summary>Says goodbye to all peers and closes the socket.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref stopping, true))
            return;
        Ring();
        thread.Join();
        socket.Dispose();
        endpoint.Dispose();
    }

    private void Run()
    {
        var statisticsDueUs = 0L;
        while (!Volatile.Read(ref stopping))
        {
            RunPosted();
            var more = Receive();
            var nowUs = NowUs;
            if (nowUs >= endpoint.NextTimeoutUs)
                endpoint.OnTimer(nowUs);
            Deliver();
            more |= Transmit(nowUs);
            if (nowUs >= statisticsDueUs)
                (statistics, statisticsDueUs) = (endpoint.Statistics(), nowUs + StatisticsEveryUs);
            if (!more)
                Sleep(Math.Min(endpoint.NextTimeoutUs, statisticsDueUs));
        }
        SayGoodbye();
    }

    private void RunPosted()
    {
        // Only what waits now: whoever posts without end must not starve the socket.
        for (var left = posted.Count; left > 0 && posted.TryDequeue(out var action); left--)
            action(endpoint, NowUs);
    }

    /// <summary>Reads a batch; true where there may be more.</summary>
    private bool Receive()
    {
        for (var i = 0; i < TransportLimits.BatchDatagrams; i++)
        {
            if (!socket.Poll(0, SelectMode.SelectRead))
                return false;
            // An empty datagram is a ring of the doorbell.
            if (TryReceive(out var length) && length > 0)
                endpoint.OnDatagram(NowUs, addresses.Received(), buffer.AsSpan(0, length));
        }
        return true;
    }

    private bool TryReceive(out int length)
    {
        length = 0;
        try
        {
            length = socket.ReceiveFrom(buffer, SocketFlags.None, addresses.Scratch);
            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode
            is SocketError.ConnectionReset or SocketError.ConnectionRefused or SocketError.MessageSize
            or SocketError.HostUnreachable or SocketError.NetworkUnreachable)
        {
            // ICMP tells of an earlier datagram of ours; anybody can forge it, and timers notice a dead peer.
            return false;
        }
    }

    /// <summary>Sends a batch; true where there may be more.</summary>
    private bool Transmit(long nowUs)
    {
        for (var i = 0; i < TransportLimits.BatchDatagrams; i++)
        {
            if (!endpoint.TryTransmit(nowUs, out var datagram))
                return false;
            try
            {
                socket.SendTo(datagram.Bytes.Span, SocketFlags.None, addresses.Of(datagram.To));
            }
            catch (SocketException)
            {
                SendFailures++;
            }
        }
        return true;
    }

    private void Deliver()
    {
        while (endpoint.TryTake(out var happened))
            deliver(happened);
    }

    private void Sleep(long untilUs)
    {
        Interlocked.Exchange(ref awake, 0);
        if (posted.IsEmpty && !Volatile.Read(ref stopping))
        {
            // The system's poll counts milliseconds; rounding down would spin through the last one.
            var waitMs = Math.Clamp((untilUs - NowUs + 999) / 1_000, 0, 1_000);
            socket.Poll((int)waitMs * 1_000, SelectMode.SelectRead);
        }
        Volatile.Write(ref awake, 1);
    }

    private void Ring()
    {
        if (Interlocked.Exchange(ref awake, 1) != 0)
            return;
        try
        {
            socket.SendTo([], SocketFlags.None, doorbell);
        }
        catch (ObjectDisposedException)
        {
            // The pump stopped between the two lines; nobody is left to be woken.
        }
    }

    private void SayGoodbye()
    {
        var nowUs = NowUs;
        foreach (var peer in endpoint.Statistics().Peers)
            endpoint.Disconnect(nowUs, peer.Peer, CloseReason.Goodbye);
        while (Transmit(nowUs))
        {
        }
        Deliver();
    }

    private static Socket Bind(IPEndPoint bind)
    {
        var socket = new Socket(bind.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            socket.ReceiveBufferSize = TransportLimits.SocketBufferBytes;
            socket.SendBufferSize = TransportLimits.SocketBufferBytes;
            socket.Bind(bind);
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Where a datagram to ourselves goes: a wildcard is no destination.</summary>
    private static IPEndPoint Reachable(IPEndPoint local) => local.Address switch
    {
        var any when any.Equals(IPAddress.Any) => new(IPAddress.Loopback, local.Port),
        var any when any.Equals(IPAddress.IPv6Any) => new(IPAddress.IPv6Loopback, local.Port),
        _ => local,
    };
}

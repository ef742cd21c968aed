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
    private const long LongestSleepUs = 1_000_000;

    private readonly Endpoint endpoint;
    private readonly Action<NetEvent> deliver;
    private readonly UdpSocket socket;
    private readonly PollSet poll;
    private readonly ConcurrentQueue<Action<Endpoint, long>> posted = new();
    private readonly Thread thread;
    private TransportStatistics statistics;
    private bool stopping;

    /// <summary>Binds and starts. The pump owns <paramref name="endpoint"/> from now on.</summary>
    /// <exception cref="SocketException">The address is in use or not ours.</exception>
    internal UdpPump(Endpoint endpoint, IPEndPoint bind, Action<NetEvent> deliver)
    {
        (this.endpoint, this.deliver) = (endpoint, deliver);
        statistics = endpoint.Statistics();
        socket = new(bind, BatchSelfTest.Passed);
        poll = new(socket);
        thread = new(Run) { Name = "udp", IsBackground = true };
        thread.Start();
    }

    /// <summary>The address bound, with the port that the system chose where 0 was asked for.</summary>
    internal IPEndPoint LocalAddress => socket.LocalAddress;

    /// <summary>Microseconds on the clock that the endpoint lives by.</summary>
    internal static long NowUs => Stopwatch.GetTimestamp() / (Stopwatch.Frequency / 1_000_000);

    /// <summary>As of at most about 200 ms ago.</summary>
    internal TransportStatistics Statistics => Volatile.Read(ref statistics);

    public void Send(PeerId to, MessageClass urgency, byte[] message) =>
        Post((endpoint, now) => endpoint.Send(now, to, urgency, message));

    public void Connect(PeerId peer, IPEndPoint address) =>
        Post((endpoint, now) => endpoint.Connect(now, peer, address));

    public void Knock(IPEndPoint address) => Post((_, _) => socket.Knock(address));

    public void Disconnect(PeerId peer, CloseReason reason) =>
        Post((endpoint, now) => endpoint.Disconnect(now, peer, reason));

    /// <summary>Runs an action on the pump's thread at once. False where too many wait already or the
    /// pump has stopped.</summary>
    internal bool Post(Action<Endpoint, long> action)
    {
        if (Volatile.Read(ref stopping) || posted.Count >= TransportLimits.PostedMax)
            return false;
        Enqueue(action);
        return true;
    }

    /// <summary>Says that a message was dealt with, see <see cref="Endpoint.Consume"/>. It is never refused: there are
    /// no more of them than messages, and a peer that is not granted what it is owed would wait for ever.</summary>
    internal void Consume(NetEvent.Received message)
    {
        if (message.Class == Credit.Class)
            Enqueue((endpoint, _) => endpoint.Consume(message));
    }

    /// <summary>Says goodbye to all peers and closes the socket.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref stopping, true))
            return;
        poll.Ring();
        thread.Join();
        poll.Dispose();
        socket.Dispose();
        endpoint.Dispose();
    }

    private void Enqueue(Action<Endpoint, long> action)
    {
        posted.Enqueue(action);
        poll.Ring();
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
            more |= Transmit();
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

    /// <summary>Takes some batches; true where there may be more.</summary>
    private bool Receive()
    {
        for (var i = 0; i < TransportLimits.ReceiveBatches; i++)
        {
            if (!socket.TryReceive(out var batch))
                return false;
            var nowUs = NowUs;
            for (var rest = batch.Bytes; !rest.IsEmpty; rest = rest[Math.Min(batch.SegmentBytes, rest.Length)..])
                endpoint.OnDatagram(nowUs, batch.From, rest[..Math.Min(batch.SegmentBytes, rest.Length)]);
        }
        return true;
    }

    /// <summary>Sends some batches; true where there may be more. Votes that come meanwhile go next.</summary>
    private bool Transmit()
    {
        for (var i = 0; i < TransportLimits.TransmitBatches; i++)
        {
            if (!posted.IsEmpty)
                RunPosted();
            if (!endpoint.TryTransmit(NowUs, out var batch))
                return false;
            socket.Send(batch.To, batch.Bytes.Span, batch.SegmentBytes);
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
        poll.Settle();
        poll.Wait(posted.IsEmpty && !Volatile.Read(ref stopping) ? Math.Min(untilUs - NowUs, LongestSleepUs) : 0);
    }

    private void SayGoodbye()
    {
        var nowUs = NowUs;
        foreach (var peer in endpoint.Statistics().Peers)
            endpoint.Disconnect(nowUs, peer.Peer, CloseReason.Goodbye);
        while (Transmit())
        {
        }
        Deliver();
    }
}

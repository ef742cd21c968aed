using System.Net;
using Ledger.Learning;
using Ledger.Node.Host;

namespace Ledger.Node.Bench;

/// <summary>
/// A network in user space, for machines whose kernel has no netem: members talk to each other's fronts, sockets of the
/// relay on loopback, and it forwards from the sender's front with the delay, the bottleneck and the losses of its
/// path. It has a thread of its own; datagrams of strangers are dropped. The same seed loses the same datagrams of the
/// same traffic.
/// </summary>
internal sealed class UdpRelay : IDisposable
{
    // 64 segments at most, and fewer than a datagram's 65,507 bytes.
    private const int BatchBytes = 50 * 1_200, ReceivesPerTurn = 16;
    private const long LongestSleepUs = 100_000;

    private readonly IPEndPoint[] members;
    private readonly UdpSocket[] sockets;
    private readonly RelayLink[,] links;
    private readonly PollSet poll;
    private readonly Thread thread;
    private readonly byte[] batch = new byte[BatchBytes];
    private RelayPath path;
    private ulong apart;
    private bool stopping;

    /// <summary>Opens a front for each member and starts to forward.</summary>
    internal UdpRelay(IReadOnlyList<IPEndPoint> members, RelayPath path, ulong seed)
    {
        this.members = [.. members];
        this.path = path;
        sockets = [.. members.Select(_ => new UdpSocket(new(IPAddress.Loopback, 0), BatchSelfTest.Passed))];
        links = new RelayLink[members.Count, members.Count];
        for (var i = 0; i < links.Length; i++)
            links[i / members.Count, i % members.Count] = new(new SplitMix64(seed + (ulong)i));
        poll = new(sockets);
        thread = new(Run) { Name = "relay", IsBackground = true };
        thread.Start();
    }

    /// <summary>Where the others reach a member.</summary>
    internal IPEndPoint Front(int member) => sockets[member].LocalAddress;

    /// <summary>What datagrams meet from now on. Safe from any thread.</summary>
    internal RelayPath Path
    {
        get => Volatile.Read(ref path);
        set => Volatile.Write(ref path, value);
    }

    /// <summary>A bit for each member: those with and those without do not reach each other. Safe from any
    /// thread.</summary>
    internal ulong Apart
    {
        get => Volatile.Read(ref apart);
        set => Volatile.Write(ref apart, value);
    }

    /// <summary>Datagrams forwarded and dropped between two members so far.</summary>
    internal (long Forwarded, long Dropped) Count(int from, int to) =>
        (links[from, to].Forwarded, links[from, to].Dropped);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref stopping, true))
            return;
        poll.Ring();
        thread.Join();
        poll.Dispose();
        foreach (var socket in sockets)
            socket.Dispose();
    }

    private void Run()
    {
        while (!Volatile.Read(ref stopping))
        {
            for (var i = 0; i < sockets.Length; i++)
                if (poll.IsReadable(i))
                    Receive(i);
            var dueUs = Forward();
            poll.Settle();
            poll.Wait(Volatile.Read(ref stopping) ? 0 : Math.Min(dueUs - UdpPump.NowUs, LongestSleepUs));
        }
    }

    private void Receive(int to)
    {
        for (var i = 0; i < ReceivesPerTurn && sockets[to].TryReceive(out var arrived); i++)
        {
            var from = Array.IndexOf(members, arrived.From);
            if (from < 0)
                continue;
            var (nowUs, isCut) = (UdpPump.NowUs, ((Apart >> from) & 1) != ((Apart >> to) & 1));
            for (var rest = arrived.Bytes; !rest.IsEmpty; rest = rest[Math.Min(arrived.SegmentBytes, rest.Length)..])
                if (isCut)
                    links[from, to].Drop();
                else
                    links[from, to].Enter(nowUs, Path, rest[..Math.Min(arrived.SegmentBytes, rest.Length)]);
        }
    }

    /// <summary>Sends what is due and tells when the next is.</summary>
    private long Forward()
    {
        var dueUs = long.MaxValue;
        for (var from = 0; from < members.Length; from++)
            for (var to = 0; to < members.Length; to++)
            {
                var link = links[from, to];
                while (link.Leave(UdpPump.NowUs, batch, out var segmentBytes) is > 0 and var bytes)
                    sockets[from].Send(members[to], batch.AsSpan(0, bytes), segmentBytes);
                dueUs = Math.Min(dueUs, link.DueUs);
            }
        return dueUs;
    }
}

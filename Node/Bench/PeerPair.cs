using System.Diagnostics;
using System.Security.Cryptography;
using Ledger.Node.Transport;

namespace Ledger.Node.Bench;

/// <summary>What became of a bulk transfer.</summary>
internal sealed record BulkResult
{
    internal required double BytesPerSecond { get; init; }

    /// <summary>Of both ends together.</summary>
    internal required ThreadCost Cost { get; init; }
    internal required long Packets { get; init; }
    internal required long Lost { get; init; }

    /// <summary>Round trips of votes during the transfer, ascending.</summary>
    internal required List<double> VoteMs { get; init; }
}

/// <summary>Two peers with their sockets and threads, connected to each other directly or through a
/// <see cref="UdpRelay"/>. What they answer, they answer on the thread of the socket.</summary>
internal sealed class PeerPair : IDisposable
{
    // More than a second of silence after a transfer is over, and the newest statistics are in.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60), Settling = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan VoteEvery = TimeSpan.FromMilliseconds(20);
    private const int VoteBytes = 200;

    private readonly PairMember a = new(), b = new();
    private readonly UdpRelay? relay;

    /// <summary>Connects; where there is a <paramref name="path"/>, through a relay.</summary>
    internal PeerPair(RelayPath? path = null)
    {
        if (path is not null)
            relay = new([a.Pump.LocalAddress, b.Pump.LocalAddress], path, seed: 1);
        using var up = new CountdownEvent(2);
        a.OnEvent = b.OnEvent = happened =>
        {
            if (happened is NetEvent.PeerUp)
                up.Signal();
        };
        a.Pump.Connect(b.Id, relay?.Front(1) ?? b.Pump.LocalAddress);
        if (!up.Wait(Patience))
            throw new TimeoutException("the two peers did not find each other");
        Thread.Sleep(Settling);
    }

    /// <summary>Microseconds of so many vote round trips, one after another.</summary>
    internal List<double> PingPong(int rounds)
    {
        var times = new List<double>(rounds);
        using var done = new ManualResetEventSlim();
        var vote = new byte[VoteBytes];
        var start = 0L;
        b.OnEvent = happened => b.SendIf(happened is NetEvent.Received, a.Id, MessageClass.Vote, vote);
        a.OnEvent = happened =>
        {
            if (happened is not NetEvent.Received)
                return;
            times.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
            start = Stopwatch.GetTimestamp();
            if (times.Count == rounds)
                done.Set();
            a.SendIf(times.Count < rounds, b.Id, MessageClass.Vote, vote);
        };
        a.Pump.Post((_, _) =>
        {
            start = Stopwatch.GetTimestamp();
            a.SendIf(true, b.Id, MessageClass.Vote, vote);
        });
        if (!done.Wait(Patience))
            throw new TimeoutException("the peer does not answer");
        return times;
    }

    /// <summary>Sends blobs of <paramref name="bytes"/> for a while, so many of them at once. What passes before
    /// <paramref name="warmUp"/> is over does not count.</summary>
    internal BulkResult Bulk(int bytes, int atOnce, TimeSpan time, TimeSpan warmUp, bool votes)
    {
        var blob = RandomNumberGenerator.GetBytes(bytes);
        var running = true;
        long arrived = 0;
        var voteMs = new List<double>();
        b.OnEvent = happened =>
        {
            if (happened is not NetEvent.Received { Message: var message } received)
                return;
            b.SendIf(received.Class == MessageClass.Vote, a.Id, MessageClass.Vote, message);
            if (received.Class != MessageClass.Blob)
                return;
            Volatile.Write(ref arrived, arrived + message.Length);
            b.Recycle(message);
            if (!Volatile.Read(ref running))
                return;
            a.Pump.Post((_, _) => a.SendIf(true, b.Id, MessageClass.Blob, blob));
        };
        a.OnEvent = happened =>
        {
            if (happened is NetEvent.Received { Class: MessageClass.Vote, Message: var vote })
                voteMs.Add(Stopwatch.GetElapsedTime(BitConverter.ToInt64(vote)).TotalMilliseconds);
        };
        for (var i = 0; i < atOnce; i++)
            a.Pump.Send(b.Id, MessageClass.Blob, blob);
        Thread.Sleep(warmUp);
        var (cost, before, clock) = (a.Cost() + b.Cost(), a.Statistics(), Stopwatch.StartNew());
        var uncounted = Volatile.Read(ref arrived);
        while (clock.Elapsed < time)
            Vote(votes);
        var (total, seconds) = (Volatile.Read(ref arrived) - uncounted, clock.Elapsed.TotalSeconds);
        Volatile.Write(ref running, false);
        Thread.Sleep(Settling);
        var after = a.Statistics();
        voteMs.Sort();
        return new()
        {
            BytesPerSecond = total / seconds,
            Cost = a.Cost() + b.Cost() - cost,
            Packets = after.PacketsOut - before.PacketsOut,
            Lost = after.PacketsLost - before.PacketsLost,
            VoteMs = voteMs,
        };
    }

    public void Dispose()
    {
        a.Dispose();
        b.Dispose();
        relay?.Dispose();
    }

    // A vote carries when it was sent.
    private void Vote(bool votes)
    {
        if (votes)
        {
            var vote = new byte[VoteBytes];
            BitConverter.TryWriteBytes(vote, Stopwatch.GetTimestamp());
            a.Pump.Send(b.Id, MessageClass.Vote, vote);
        }
        Thread.Sleep(VoteEvery);
    }
}

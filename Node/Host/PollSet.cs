using System.Net.Sockets;
using System.Runtime.InteropServices;
using static Ledger.Node.Host.LinuxUdp;

namespace Ledger.Node.Host;

/// <summary>Waits for any of some sockets, in microseconds rather than the milliseconds of .NET, until another thread
/// rings.</summary>
internal sealed unsafe class PollSet : IDisposable
{
    private readonly PollDescriptor[] descriptors;
    private readonly int bell;
    private int awake = 1;
    private bool disposed;

    internal PollSet(params IEnumerable<UdpSocket> sockets)
    {
        bell = eventfd(0, NonBlocking | CloseOnExec);
        if (bell < 0)
            throw new SocketException(Marshal.GetLastPInvokeError());
        descriptors = [.. sockets.Select(s => s.Descriptor).Append(bell)
            .Select(d => new PollDescriptor { Descriptor = d, Events = Readable })];
    }

    /// <summary>Says that whoever waits is about to: from now on <see cref="Ring"/> costs a system call. What was to be
    /// told by other means must be looked at once more before <see cref="Wait"/>.</summary>
    internal void Settle() => Interlocked.Exchange(ref awake, 0);

    /// <summary>Returns after a datagram, a ring or so many microseconds, or for no reason at all.</summary>
    internal void Wait(long microseconds)
    {
        var (seconds, rest) = Math.DivRem(Math.Max(0, microseconds), 1_000_000);
        var timeout = new TimeSpec { Seconds = seconds, Nanoseconds = rest * 1_000 };
        fixed (PollDescriptor* first = descriptors)
            _ = ppoll(first, (nuint)descriptors.Length, &timeout, null);
        Volatile.Write(ref awake, 1);
        if (descriptors[^1].Returned == 0)
            return;
        ulong count;
        _ = read(bell, &count, sizeof(ulong));
    }

    /// <summary>Whether the last wait found something in the socket of this index.</summary>
    internal bool IsReadable(int index) => descriptors[index].Returned != 0;

    /// <summary>Ends the wait, now or the next one. Safe from any thread.</summary>
    internal void Ring()
    {
        if (Interlocked.Exchange(ref awake, 1) != 0)
            return;
        ulong one = 1;
        // Whoever stops may have closed it already; then nobody is left to be woken.
        lock (descriptors)
            if (!disposed)
                _ = write(bell, &one, sizeof(ulong));
    }

    public void Dispose()
    {
        lock (descriptors)
        {
            if (!disposed)
                _ = close(bell);
            disposed = true;
        }
    }
}

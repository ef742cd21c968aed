using System.Runtime.InteropServices;

namespace Ledger.Node.Host;

/// <summary>The system calls under <see cref="UdpSocket"/> and <see cref="PollSet"/>, in the layout of 64-bit Linux:
/// sendmsg(2), cmsg(3), udp(7), poll(2), eventfd(2).</summary>
internal static unsafe partial class LinuxUdp
{
    internal const int LevelIp = 0, LevelUdp = 17, LevelIp6 = 41;
    internal const int UdpSegment = 103, UdpGro = 104, IpMtuDiscover = 10, Ip6MtuDiscover = 23;
    internal const int IpTimeToLive = 2, Ip6HopLimit = 52;

    /// <summary>Never fragment and let the caller find the path's limit: IP_PMTUDISC_PROBE.</summary>
    internal const int ProbeMtu = 3;

    internal const int DontWait = 0x40;
    internal const short Readable = 1;
    internal const int NonBlocking = 0x800, CloseOnExec = 0x80000;
    internal const int ErrorInputOutput = 5, ErrorBadDescriptor = 9, ErrorFault = 14;

    /// <summary>A control message that holds one integer: 16 bytes of header, the value, padding.</summary>
    internal const int ControlBytes = 24;

    internal struct IoVector
    {
        internal byte* Base;
        internal nuint Length;
    }

    internal struct MessageHeader
    {
        internal byte* Name;
        internal uint NameLength;
        internal IoVector* Vectors;
        internal nuint VectorCount;
        internal byte* Control;
        internal nuint ControlLength;
        internal int Flags;
    }

    internal struct ControlHeader
    {
        internal nuint Length;
        internal int Level;
        internal int Type;
    }

    internal struct PollDescriptor
    {
        internal int Descriptor;
        internal short Events;
        internal short Returned;
    }

    internal struct TimeSpec
    {
        internal long Seconds;
        internal long Nanoseconds;
    }

    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint sendmsg(int socket, MessageHeader* message, int flags);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint recvmsg(int socket, MessageHeader* message, int flags);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int ppoll(PollDescriptor* descriptors, nuint count, TimeSpec* timeout, void* signals);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int eventfd(uint initial, int flags);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint read(int descriptor, void* target, nuint count);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial nint write(int descriptor, void* source, nuint count);

    [LibraryImport("libc")]
    internal static partial int close(int descriptor);
}

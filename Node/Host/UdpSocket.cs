using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Ledger.Node.Overlay;
using Ledger.Node.Transport;
using static Ledger.Node.Host.LinuxUdp;

namespace Ledger.Node.Host;

/// <summary>Datagrams of one sender, all of <paramref name="segmentBytes"/> but the last, which may be shorter. They
/// are good until the next receive.</summary>
internal readonly ref struct ReceivedDatagrams(IPEndPoint from, Span<byte> bytes, int segmentBytes)
{
    internal IPEndPoint From { get; } = from;

    internal Span<byte> Bytes { get; } = bytes;

    internal int SegmentBytes { get; } = segmentBytes;
}

/// <summary>
/// A UDP socket that takes many datagrams a call, where the system can: equal ones to one destination leave by
/// UDP_SEGMENT ("GSO"), and those of one sender arrive by UDP_GRO. A datagram then costs a twentieth of a call of its
/// own. For one thread.
/// </summary>
internal sealed unsafe class UdpSocket : IDisposable
{
    private const int NameBytesMax = 28;
    private const int KnockHops = 2;

    private readonly Socket socket;
    private readonly SocketAddressCache addresses;
    private readonly byte[] buffer = GC.AllocateUninitializedArray<byte>(ushort.MaxValue + 1, pinned: true);
    private readonly byte[] name = GC.AllocateArray<byte>(NameBytesMax, pinned: true);
    private readonly byte[] control = GC.AllocateArray<byte>(ControlBytes, pinned: true);
    private bool segments;

    /// <summary>Binds; <paramref name="batches"/> asks for GSO and GRO, of which the caller knows whether they
    /// work.</summary>
    /// <exception cref="SocketException">The address is in use or not ours.</exception>
    internal UdpSocket(IPEndPoint bind, bool batches)
    {
        segments = batches;
        addresses = new(bind.AddressFamily);
        socket = new(bind.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            socket.ReceiveBufferSize = TransportLimits.SocketBufferBytes;
            socket.SendBufferSize = TransportLimits.SocketBufferBytes;
            ForbidFragments(bind.AddressFamily);
            if (batches)
                socket.SetRawSocketOption(LevelUdp, UdpGro, BitConverter.GetBytes(1));
            socket.Bind(bind);
        }
        catch (SocketException)
        {
            socket.Dispose();
            throw;
        }
        Descriptor = (int)socket.Handle;
        LocalAddress = (IPEndPoint)socket.LocalEndPoint!;
    }

    /// <summary>The address bound, with the port that the system chose where 0 was asked for.</summary>
    internal IPEndPoint LocalAddress { get; }

    internal int Descriptor { get; }

    /// <summary>Takes what has arrived, an empty datagram included; false where nothing has.</summary>
    /// <exception cref="SocketException">The socket is broken; what the network does is no exception.</exception>
    internal bool TryReceive(out ReceivedDatagrams datagrams)
    {
        datagrams = default;
        var vector = new IoVector { Base = Address(buffer), Length = (nuint)buffer.Length };
        var message = new MessageHeader
        {
            Name = Address(name),
            NameLength = NameBytesMax,
            Vectors = &vector,
            VectorCount = 1,
            Control = Address(control),
            ControlLength = ControlBytes,
        };
        var length = (int)recvmsg(Descriptor, &message, DontWait);
        if (length < 0)
        {
            ThrowIfBroken();
            return false;
        }
        datagrams = new(addresses.Of(name.AsSpan(0, (int)message.NameLength)), buffer.AsSpan(0, length),
            SegmentOf(message, length));
        return true;
    }

    /// <summary>Sends <paramref name="bytes"/> as datagrams of <paramref name="segmentBytes"/>, the last one of what
    /// is left. What the system refuses is as good as lost on the way.</summary>
    internal void Send(IPEndPoint to, ReadOnlySpan<byte> bytes, int segmentBytes)
    {
        if (bytes.Length > segmentBytes && segments)
        {
            if (TrySend(to, bytes, new(LevelUdp, UdpSegment, sizeof(ushort), segmentBytes)))
                return;
            // A network card that cannot compute checksums refuses segments for ever; other reasons may pass.
            segments = Marshal.GetLastPInvokeError() != ErrorInputOutput;
        }
        do
        {
            var length = Math.Min(segmentBytes, bytes.Length);
            _ = TrySend(to, bytes[..length]);
            bytes = bytes[length..];
        }
        while (!bytes.IsEmpty);
    }

    /// <summary>Sends a datagram that gets past our own address translator and not as far as anybody else's: it would
    /// keep an unexpected sender out for the next half minute.</summary>
    internal void Knock(IPEndPoint to) => TrySend(to, [0],
        KnownPeer.Plain(to).AddressFamily == AddressFamily.InterNetwork
            ? new(LevelIp, IpTimeToLive, sizeof(int), KnockHops)
            : new(LevelIp6, Ip6HopLimit, sizeof(int), KnockHops));

    public void Dispose() => socket.Dispose();

    private bool TrySend(IPEndPoint to, ReadOnlySpan<byte> bytes, SendOption? option = null)
    {
        var target = addresses.Of(to);
        fixed (byte* first = bytes, nameFirst = target)
        {
            var vector = new IoVector { Base = first, Length = (nuint)bytes.Length };
            var message = new MessageHeader
            {
                Name = nameFirst,
                NameLength = (uint)target.Length,
                Vectors = &vector,
                VectorCount = 1,
            };
            if (option is { } asked)
                Ask(&message, asked);
            if (sendmsg(Descriptor, &message, 0) >= 0)
                return true;
        }
        ThrowIfBroken();
        return false;
    }

    private void Ask(MessageHeader* message, SendOption option)
    {
        message->Control = Address(control);
        message->ControlLength = ControlBytes;
        var header = (ControlHeader*)message->Control;
        header->Length = (nuint)(sizeof(ControlHeader) + option.Bytes);
        (header->Level, header->Type) = (option.Level, option.Type);
        // The machine is little-endian, so that the low half of a longer number is the shorter one.
        *(int*)(header + 1) = option.Value;
    }

    // Without the control message it is one datagram.
    private static int SegmentOf(in MessageHeader message, int length)
    {
        var header = (ControlHeader*)message.Control;
        return message.ControlLength >= (nuint)sizeof(ControlHeader)
            && (header->Level, header->Type) == (LevelUdp, UdpGro)
            ? *(int*)(header + 1)
            : length;
    }

    private void ForbidFragments(AddressFamily family)
    {
        var (level, option) = family == AddressFamily.InterNetwork
            ? (LevelIp, IpMtuDiscover)
            : (LevelIp6, Ip6MtuDiscover);
        socket.SetRawSocketOption(level, option, BitConverter.GetBytes(ProbeMtu));
    }

    private static void ThrowIfBroken()
    {
        if (Marshal.GetLastPInvokeError() is ErrorBadDescriptor or ErrorFault)
            throw new SocketException(Marshal.GetLastPInvokeError());
    }

    /// <summary>What is asked of the system for one datagram alone.</summary>
    private readonly record struct SendOption(int Level, int Type, int Bytes, int Value);

    private static byte* Address(byte[] pinned) =>
        (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(pinned));
}

using System.Net;
using System.Net.Sockets;

namespace Ledger.Node.Host;

/// <summary>Whether datagrams can be sent and received many at a time here. Kernels before 5.12 took batches apart
/// wrongly and others know none, so that three datagrams to ourselves decide and not a version.</summary>
internal static class BatchSelfTest
{
    private const int SegmentBytes = 1_200, TotalBytes = 2 * SegmentBytes + 700;
    private const long PatienceUs = 100_000;

    private static readonly Lazy<bool> Result = new(Run);

    internal static bool Passed => Result.Value;

    private static bool Run()
    {
        try
        {
            using var sender = new UdpSocket(new(IPAddress.Loopback, 0), batches: true);
            using var receiver = new UdpSocket(new(IPAddress.Loopback, 0), batches: true);
            using var arrival = new PollSet(receiver);
            var sent = new byte[TotalBytes];
            new Random(1).NextBytes(sent);
            sender.Send(receiver.LocalAddress, sent, SegmentBytes);
            return Arrives(receiver, arrival, sent);
        }
        catch (SocketException)
        {
            // The option is unknown to this kernel.
            return false;
        }
    }

    private static bool Arrives(UdpSocket receiver, PollSet arrival, ReadOnlySpan<byte> expected)
    {
        while (!expected.IsEmpty)
        {
            arrival.Wait(PatienceUs);
            if (!receiver.TryReceive(out var datagrams)
                || !expected.StartsWith(datagrams.Bytes)
                || datagrams.SegmentBytes != Math.Min(SegmentBytes, expected.Length))
                return false;
            expected = expected[datagrams.Bytes.Length..];
        }
        return true;
    }
}

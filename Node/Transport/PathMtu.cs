namespace Ledger.Node.Transport;

/// <summary>
/// The largest datagram that the path carries (RFC 8899): starts at what every path carries and tries larger ones
/// with packets that say nothing, so that a lost one costs nothing. When large packets vanish while later ones arrive,
/// the path has changed, and it begins anew.
/// </summary>
internal sealed class PathMtu(EndpointOptions options)
{
    /// <summary>What tunnels leave, IPv6 and IPv4 over Ethernet, and jumbo frames.</summary>
    private static readonly int[] Sizes = [1_400, 1_452, 1_472, TransportLimits.DatagramBytesMax];

    private int step;
    private int tries;
    private long probe = -1;
    private long dueUs;
    private long largestLargeAcked = -1;
    private int vanished;

    /// <summary>Bytes of UDP payload that a packet may have.</summary>
    internal int Current { get; private set; } = TransportLimits.DatagramBytesBase;

    /// <summary>When a probe is sent, or counts as lost.</summary>
    internal long DueUs => IsDone ? long.MaxValue : dueUs;

    internal bool WantsProbe(long nowUs) => !IsDone && probe < 0 && nowUs >= dueUs;

    /// <summary>The size of the next probe.</summary>
    internal int ProbeBytes => Sizes[step];

    private bool IsDone => step == Sizes.Length || Sizes[step] > options.DatagramBytesMax;

    internal void OnProbeSent(long nowUs, long number, long waitUs) => (probe, dueUs) = (number, nowUs + waitUs);

    internal void OnTimer(long nowUs)
    {
        if (probe < 0 || nowUs < dueUs)
            return;
        probe = -1;
        if (++tries >= TransportLimits.MtuProbesMax)
            (tries, dueUs) = (0, nowUs + TransportLimits.MtuSearchUs);
    }

    internal void OnAck(ReadOnlySpan<(long Start, long End)> ranges)
    {
        foreach (var (start, end) in ranges)
            if (probe >= start && probe < end)
            {
                Current = Sizes[step++];
                (probe, tries, dueUs) = (-1, 0, 0);
                return;
            }
    }

    /// <summary>Takes an acknowledged packet that was no probe.</summary>
    internal void OnAcked(long number, int bytes)
    {
        if (bytes <= TransportLimits.DatagramBytesBase || number < largestLargeAcked)
            return;
        (largestLargeAcked, vanished) = (number, 0);
    }

    /// <summary>Takes a lost packet that was no probe. A full queue drops large packets too, but later ones of the
    /// same size get through.</summary>
    internal void OnLost(long nowUs, long number, int bytes)
    {
        if (bytes <= TransportLimits.DatagramBytesBase || number < largestLargeAcked
            || ++vanished < TransportLimits.BlackHolePackets
            || options.Bugs.HasFlag(PlantedBug.NoBlackHoleDetection))
            return;
        Begin(nowUs + TransportLimits.MtuSearchUs);
    }

    /// <summary>Forgets what was found: the peer is reached by another path.</summary>
    internal void OnPathChanged(long nowUs) => Begin(nowUs);

    private void Begin(long nextUs)
    {
        Current = TransportLimits.DatagramBytesBase;
        (step, tries, probe, vanished, dueUs) = (0, 0, -1, 0, nextUs);
    }
}

namespace Ledger.Node.Transport;

/// <summary>
/// How far packets overtake each other on this path. Remembers the packets last given up for lost; when one of them is
/// acknowledged after all, the distance at which a packet counts as lost grows beyond the one seen (RFC 9002 section
/// 6.1.1 allows it; RACK, RFC 8985 section 6.2, does the same in time).
/// </summary>
internal sealed class LateArrivals
{
    private const long None = -1;

    private readonly long[] given = [.. Enumerable.Repeat(None, TransportLimits.GivenUpRemembered)];
    private int next;

    internal long Threshold { get; private set; } = TransportLimits.PacketThreshold;

    internal void OnLost(long number)
    {
        given[next] = number;
        next = (next + 1) % given.Length;
    }

    internal void OnAcked(long start, long end, long largestAcked)
    {
        if (Threshold == TransportLimits.PacketThresholdMax)
            return;
        foreach (ref var number in given.AsSpan())
            if (number >= start && number < end)
            {
                Threshold = Math.Clamp(largestAcked - number + 1, Threshold, TransportLimits.PacketThresholdMax);
                number = None;
            }
    }
}

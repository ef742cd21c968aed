namespace Ledger.Node.Transport;

/// <summary>A packet whose acknowledgement we wait for, and what to do again should it be lost.</summary>
internal sealed class SentPacket(long number, long sentUs, int bytes, List<Fragment> fragments)
{
    internal long Number { get; } = number;

    internal long SentUs { get; } = sentUs;

    internal int Bytes { get; } = bytes;

    internal List<Fragment> Fragments { get; } = fragments;

    /// <summary>Acknowledged or lost; it only waits for older ones to leave the table.</summary>
    internal bool IsSettled { get; set; }
}

/// <summary>Packets in flight in the order of their numbers: a ring that grows to at most
/// <see cref="TransportLimits.SentPacketsMax"/> unsettled packets and the settled ones between them.</summary>
internal sealed class SentPackets
{
    private SentPacket?[] ring = new SentPacket?[64];
    private int first;

    internal int Count { get; private set; }

    internal SentPacket this[int index] => ring[(first + index) & (ring.Length - 1)]!;

    internal bool IsFull => Count >= TransportLimits.SentPacketsMax;

    internal void Add(SentPacket packet)
    {
        if (Count == ring.Length)
            Grow();
        ring[(first + Count) & (ring.Length - 1)] = packet;
        Count++;
    }

    /// <summary>The index of the first packet whose number is not below <paramref name="number"/>.</summary>
    internal int IndexOf(long number)
    {
        var (low, high) = (0, Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (this[middle].Number < number)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }

    internal void TrimSettled()
    {
        while (Count > 0 && this[0].IsSettled)
        {
            ring[first] = null;
            first = (first + 1) & (ring.Length - 1);
            Count--;
        }
    }

    private void Grow()
    {
        var larger = new SentPacket?[2 * ring.Length];
        for (var i = 0; i < Count; i++)
            larger[i] = this[i];
        (ring, first) = (larger, 0);
    }
}

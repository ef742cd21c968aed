namespace Ledger.Node.Transport;

/// <summary>A packet whose acknowledgement we wait for.</summary>
internal struct SentPacket
{
    internal required long Number { get; init; }

    internal required long SentUs { get; init; }

    internal required int Bytes { get; init; }

    internal required PacketControl Control { get; init; }

    /// <summary>How many message parts it carried, and where the first of them is kept.</summary>
    internal int PartCount { get; set; }

    internal long FirstPart { get; set; }

    internal required DeliveryMark Mark { get; init; }

    /// <summary>Acknowledged or lost; it only waits for older ones to leave the table.</summary>
    internal bool IsSettled { get; set; }
}

/// <summary>Packets in flight in the order of their numbers, and the parts of messages that they carried: two rings
/// that grow to what is in flight, at most <see cref="TransportLimits.SentPacketsMax"/> packets, and stay.</summary>
internal sealed class SentPackets
{
    private SentPacket[] ring = new SentPacket[64];
    private Fragment[] parts = new Fragment[64];
    private int first;
    private long firstPart;
    private long endPart;

    internal int Count { get; private set; }

    internal ref SentPacket this[int index] => ref ring[(first + index) & (ring.Length - 1)];

    internal bool IsFull => Count >= TransportLimits.SentPacketsMax;

    internal void Add(SentPacket packet, ReadOnlySpan<Fragment> carried)
    {
        if (Count == ring.Length)
            Grow();
        while (endPart - firstPart + carried.Length > parts.Length)
            GrowParts();
        (packet.FirstPart, packet.PartCount) = (endPart, carried.Length);
        foreach (var part in carried)
            parts[endPart++ & (parts.Length - 1)] = part;
        this[Count++] = packet;
    }

    /// <summary>The part of a packet at this index among its own.</summary>
    internal Fragment Part(in SentPacket packet, int index) => parts[(packet.FirstPart + index) & (parts.Length - 1)];

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
        for (; Count > 0 && this[0].IsSettled; Count--)
        {
            // A message that is gone must not stay in memory because of us.
            for (var left = this[0].PartCount; left > 0; left--)
                parts[firstPart++ & (parts.Length - 1)] = default;
            first = (first + 1) & (ring.Length - 1);
        }
    }

    private void Grow()
    {
        var larger = new SentPacket[2 * ring.Length];
        for (var i = 0; i < Count; i++)
            larger[i] = this[i];
        (ring, first) = (larger, 0);
    }

    private void GrowParts()
    {
        var larger = new Fragment[2 * parts.Length];
        for (var i = firstPart; i < endPart; i++)
            larger[i & (larger.Length - 1)] = parts[i & (parts.Length - 1)];
        parts = larger;
    }
}

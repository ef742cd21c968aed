namespace Ledger.Node.Transport;

/// <summary>
/// Which packets arrived, and when to say so: at once for urgent content and around gaps; else by twos while the path
/// is new or short, and every <see cref="TransportLimits.AckEveryInBulk"/> packets or quarter of a round trip on one
/// that is known; a single packet waits for <see cref="TransportLimits.AckDelayUs"/>. The host reads a batch of
/// datagrams before it sends, which thins acknowledgements out under load.
/// </summary>
internal sealed class AckTracker
{
    private readonly RangeSet received = new();
    private long largest = -1;
    private long largestAtUs;
    private long lowestUntold = long.MaxValue;
    private int owed;
    private int byTwos = TransportLimits.AckByTwosAtFirst;

    /// <summary>When an acknowledgement must leave; <see cref="long.MaxValue"/> where none is owed.</summary>
    internal long DueUs { get; private set; } = long.MaxValue;

    /// <summary>Whether an acknowledgement that travels with other content would tell anything new.</summary>
    internal bool IsOwed => owed > 0;

    /// <summary>Ranges that the next acknowledgement has.</summary>
    internal int Ranges => received.Count;

    internal void OnPacket(long nowUs, long number, bool elicitsAck, bool urgent, long roundTripUs)
    {
        var inOrder = number == largest + 1;
        received.Add(number, number + 1);
        if (received.Count > TransportLimits.AckRangesMax)
            received.RemoveLowest();
        if (number > largest)
            (largest, largestAtUs) = (number, nowUs);
        if (!elicitsAck)
            return;
        owed++;
        lowestUntold = Math.Min(lowestUntold, number);
        // The sender takes a packet for lost when some later ones were acknowledged: it must hear of those soon.
        byTwos = inOrder ? Math.Max(byTwos - 1, 0) : Math.Max(byTwos, TransportLimits.AckByTwosAfterGap);
        var isThin = byTwos == 0 && roundTripUs >= TransportLimits.AckThinAboveUs;
        var every = isThin ? TransportLimits.AckEveryInBulk : TransportLimits.AckEveryPackets;
        var delayUs = owed >= TransportLimits.AckEveryPackets
            ? Math.Min(roundTripUs / 4, TransportLimits.AckDelayUs)
            : TransportLimits.AckDelayUs;
        DueUs = Math.Min(DueUs, urgent || !inOrder || owed >= every ? nowUs : nowUs + delayUs);
    }

    /// <summary>Writes the acknowledgement and returns the number below which it tells all.</summary>
    internal long Write(long nowUs, ref PacketWriter writer)
    {
        var delayUs = Math.Clamp(nowUs - largestAtUs, 0, TransportLimits.AckDelayUs);
        AckFrame.Write(ref writer, received, delayUs / AckFrame.DelayUnitUs);
        owed = 0;
        (DueUs, lowestUntold) = (long.MaxValue, long.MaxValue);
        return largest + 1;
    }

    /// <summary>The peer has an acknowledgement of all below this number and need not be told again (RFC 9000 section
    /// 13.2.4), but for what came later than that.</summary>
    internal void Forget(long below) => received.RemoveBelow(Math.Min(below, lowestUntold));
}

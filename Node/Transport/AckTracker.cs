namespace Ledger.Node.Transport;

/// <summary>Which packets arrived, and when to say so: at once for urgent content and around gaps, else for every
/// second packet or after <see cref="TransportLimits.AckDelayUs"/>. The host reads a batch of datagrams before it
/// sends, which thins acknowledgements out under load.</summary>
internal sealed class AckTracker
{
    private readonly RangeSet received = new();
    private long largest = -1;
    private long largestAtUs;
    private int owed;

    /// <summary>When an acknowledgement must leave; <see cref="long.MaxValue"/> where none is owed.</summary>
    internal long DueUs { get; private set; } = long.MaxValue;

    /// <summary>Whether an acknowledgement that travels with other content would tell anything new.</summary>
    internal bool IsOwed => owed > 0;

    internal void OnPacket(long nowUs, long number, bool elicitsAck, bool urgent)
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
        var atOnce = urgent || !inOrder || owed >= TransportLimits.AckEveryPackets;
        DueUs = Math.Min(DueUs, atOnce ? nowUs : nowUs + TransportLimits.AckDelayUs);
    }

    internal void Write(long nowUs, ref PacketWriter writer)
    {
        var delayUs = Math.Clamp(nowUs - largestAtUs, 0, TransportLimits.AckDelayUs);
        AckFrame.Write(ref writer, received, delayUs / AckFrame.DelayUnitUs);
        owed = 0;
        DueUs = long.MaxValue;
    }
}

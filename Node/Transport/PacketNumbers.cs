namespace Ledger.Node.Transport;

/// <summary>
/// The numbers of our packets. Now and then one is left out at random: who acknowledges it acknowledges what it has not
/// received, in order to be sent more than its path can carry (RFC 9000 section 21.4).
/// </summary>
internal sealed class PacketNumbers
{
    private readonly RandomSource random;
    private readonly bool skips;
    private readonly long[] skipped = new long[TransportLimits.SkippedNumbersMax];
    private int skippedCount;
    private long nextSkip;

    internal PacketNumbers(RandomSource random, bool skips)
    {
        (this.random, this.skips) = (random, skips);
        Array.Fill(skipped, -1);
        nextSkip = Draw(TransportLimits.SkipPeriodMin);
    }

    /// <summary>The number of the next packet; all that were used are below it.</summary>
    internal long Next { get; private set; }

    /// <summary>The highest number that the peer has acknowledged, -1 for none.</summary>
    internal long LargestAcked { get; private set; } = -1;

    /// <summary>Counts a packet as sent. <paramref name="window"/> is how many packets may be in flight: about one
    /// number in so many is left out.</summary>
    internal void Advance(int window)
    {
        Next++;
        if (!skips || Next < nextSkip)
            return;
        skipped[skippedCount++ % skipped.Length] = Next++;
        nextSkip = Next + Draw(Math.Max(window, TransportLimits.SkipPeriodMin));
    }

    /// <summary>Takes what the peer says to have received, from the highest range down; false where it cannot have
    /// received it.</summary>
    internal bool TryAcknowledge(ReadOnlySpan<(long Start, long End)> ranges)
    {
        if (ranges[0].End > Next)
            return false;
        foreach (var (start, end) in ranges)
            foreach (var number in skipped)
                if (number >= start && number < end)
                    return false;
        LargestAcked = Math.Max(LargestAcked, ranges[0].End - 1);
        return true;
    }

    // Half to one and a half periods, so that nobody can count them out.
    private long Draw(int period)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        random(bytes);
        return period / 2 + BitConverter.ToUInt32(bytes) % period;
    }
}

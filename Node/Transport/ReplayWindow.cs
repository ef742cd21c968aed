namespace Ledger.Node.Transport;

/// <summary>Packet numbers seen, as a ring of bits below the highest (RFC 6479). A number is marked only after its
/// packet proved authentic, or anybody could make us deaf to packets to come.</summary>
internal sealed class ReplayWindow
{
    private const int Words = TransportLimits.ReplayWindow / 64;

    private readonly ulong[] seen = new ulong[Words];

    /// <summary>The highest number marked, -1 before the first.</summary>
    internal long Highest { get; private set; } = -1;

    internal bool IsFresh(long number) =>
        number > Highest || (number > Highest - Span && (seen[Word(number)] & Bit(number)) == 0);

    internal void Mark(long number)
    {
        // Words that the window moves over hold bits of numbers one ring ago.
        var from = Highest / 64 + 1;
        for (var word = Math.Max(from, number / 64 - Words + 1); word <= number / 64 && Highest >= 0; word++)
            seen[(int)(word % Words)] = 0;
        Highest = Math.Max(Highest, number);
        seen[Word(number)] |= Bit(number);
    }

    // One word is always only partly ahead of the highest number.
    private static long Span => TransportLimits.ReplayWindow - 64;

    private static int Word(long number) => (int)(number / 64 % Words);

    private static ulong Bit(long number) => 1UL << (int)(number % 64);
}

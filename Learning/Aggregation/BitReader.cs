namespace Ledger.Learning.Aggregation;

/// <summary>Bits out of bytes that a peer sent: what cannot be read fails, and stays failed.</summary>
internal ref struct BitReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> bytes = bytes;
    private int at;

    internal bool Failed { get; private set; }

    /// <summary>Whether all has been read but the zeros that fill the last byte.</summary>
    internal readonly bool IsAtEnd =>
        !Failed && (at + 7) / 8 == bytes.Length && (at % 8 == 0 || bytes[^1] >> (at % 8) == 0);

    /// <summary>A Golomb-Rice code below <paramref name="end"/>; 0 where there is none.</summary>
    internal int Rice(int bits, int end)
    {
        var quotient = 0;
        while (Next() == 1)
            if (++quotient > end >> bits)
                Failed = true;
        var value = quotient << bits;
        for (var i = 0; i < bits; i++)
            value |= Next() << i;
        Failed |= value >= end;
        return Failed ? 0 : value;
    }

    private int Next()
    {
        if (Failed || at >= 8 * bytes.Length)
        {
            Failed = true;
            return 0;
        }

        var bit = bytes[at / 8] >> (at % 8) & 1;
        at++;
        return bit;
    }
}

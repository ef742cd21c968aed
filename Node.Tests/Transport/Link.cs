namespace Ledger.Node.Tests.Transport;

/// <summary>What happens to datagrams on their way. Chances are parts of a thousand; times are microseconds.</summary>
internal sealed record Faults
{
    internal static readonly Faults None = new();
    internal int Loss { get; init; }
    internal int Duplication { get; init; }
    internal int Corruption { get; init; }
    internal long DelayUs { get; init; } = 10_000;

    /// <summary>Random addition to the delay: it puts datagrams out of order.</summary>
    internal long JitterUs { get; init; }

    /// <summary>The chance that a datagram begins a burst of losses, and how many such a burst takes.</summary>
    internal int Bursts { get; init; }

    internal int BurstLength { get; init; } = 10;

    /// <summary>The chance that a datagram takes a detour, and how long that is.</summary>
    internal int Detours { get; init; }

    internal long DetourUs { get; init; } = 20_000;

    /// <summary>Rate of each direction between two hosts; 0 for none.</summary>
    internal long BytesPerSecond { get; init; }

    /// <summary>Bytes that wait for the rate before the queue drops what comes last.</summary>
    internal long QueueBytes { get; init; } = long.MaxValue;

    /// <summary>Longer datagrams vanish, and nobody says so.</summary>
    internal int MtuBytes { get; init; } = int.MaxValue;
}

/// <summary>One direction between two hosts.</summary>
internal sealed class Link
{
    private long freeUs;
    private int burstLeft;

    /// <summary>When the copies of a datagram arrive; none where it is lost.</summary>
    internal IEnumerable<long> Pass(long nowUs, int bytes, Faults faults, Random random)
    {
        if (bytes > faults.MtuBytes || IsLost(faults, random) || !TryQueue(nowUs, bytes, faults))
            yield break;
        for (var copies = Happens(faults.Duplication, random) ? 2 : 1; copies > 0; copies--)
            yield return Math.Max(freeUs, nowUs) + faults.DelayUs + random.NextInt64(faults.JitterUs + 1)
                + (Happens(faults.Detours, random) ? faults.DetourUs : 0);
    }

    internal static bool Happens(int permille, Random random) => permille > 0 && random.Next(1_000) < permille;

    private bool IsLost(Faults faults, Random random)
    {
        if (burstLeft == 0 && Happens(faults.Bursts, random))
            burstLeft = faults.BurstLength;
        return burstLeft > 0 && burstLeft-- > 0 || Happens(faults.Loss, random);
    }

    private bool TryQueue(long nowUs, int bytes, Faults faults)
    {
        if (faults.BytesPerSecond == 0)
            return true;
        var startUs = Math.Max(freeUs, nowUs);
        if ((startUs - nowUs) * faults.BytesPerSecond / 1_000_000 > faults.QueueBytes - bytes)
            return false;
        freeUs = startUs + bytes * 1_000_000 / faults.BytesPerSecond;
        return true;
    }
}

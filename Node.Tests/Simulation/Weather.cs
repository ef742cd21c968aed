namespace Ledger.Node.Tests.Simulation;

/// <summary>How bad network and machines are. Delays, in milliseconds, are exponential: messages overtake.</summary>
internal sealed record Weather
{
    internal static Weather Fine { get; } = new() { MeanDelay = 10 };

    internal required double MeanDelay { get; init; }

    internal double Loss { get; init; }

    internal double Duplication { get; init; }

    /// <summary>The chance that a peer crashes before or after one effect of its engine.</summary>
    internal double Crash { get; init; }

    /// <summary>The chance, each second, that the network falls apart in two for a while.</summary>
    internal double Partition { get; init; }

    internal static Weather Draw(Random random) => new()
    {
        MeanDelay = 5 + 95 * random.NextDouble(),
        Loss = 0.3 * random.NextDouble(),
        Duplication = 0.3 * random.NextDouble(),
        Crash = random.Next(2) * 0.02 * random.NextDouble(),
        Partition = random.Next(2) * 0.5 * random.NextDouble(),
    };
}

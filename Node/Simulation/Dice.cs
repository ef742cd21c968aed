using Ledger.Node.Overlay;

namespace Ledger.Node.Simulation;

/// <summary>All chance of a simulation: one seed, one sequence.</summary>
internal sealed class Dice(ulong seed)
{
    private readonly SplitMix64 random = new(seed);

    /// <summary>A number from 0 to <paramref name="bound"/> - 1; 0 where there is no such number.</summary>
    internal int Below(int bound) => bound <= 1 ? 0 : random.Below(bound);

    internal bool Chance(double probability) => probability > 0 && Unit() < probability;

    /// <summary>An exponential delay: most are short, a few are long, so that messages overtake each other.</summary>
    internal long Exponential(long mean) => (long)(-mean * Math.Log(1 - Unit()));

    private double Unit() => (random.Next() >> 11) * (1.0 / (1UL << 53));
}

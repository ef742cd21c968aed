using Ledger.Node.Overlay;

namespace Ledger.Node.Simulation;

/// <summary>All chance of a simulation: one seed, one sequence.</summary>
internal sealed class Dice(ulong seed)
{
    private readonly SplitMix64 random = new(seed);

    internal ulong Next() => random.Next();

    /// <summary>A number from 0 to <paramref name="bound"/> - 1; 0 where there is no such number.</summary>
    internal int Below(int bound) => bound <= 1 ? 0 : random.Below(bound);

    /// <summary>From the first to the second number, both included.</summary>
    internal long Between(long least, long most) => least + (long)(random.Next() % (ulong)(most - least + 1));

    internal bool Chance(double probability) => probability > 0 && Unit() < probability;

    /// <summary>An exponential delay: most are short, a few are long, so that messages overtake each other.</summary>
    internal long Exponential(long mean) => (long)(-mean * Math.Log(1 - Unit()));

    internal T Pick<T>(IReadOnlyList<T> list) => list[Below(list.Count)];

    /// <summary>Other dice, so that how often one part throws does not change what another part gets.</summary>
    internal Dice Split() => new(random.Next());

    private double Unit() => (random.Next() >> 11) * (1.0 / (1UL << 53));
}

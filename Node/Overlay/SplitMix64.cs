namespace Ledger.Node.Overlay;

/// <summary>Randomness as a value: Vigna's SplitMix64 (prng.di.unimi.it/splitmix64.c). One seed, one sequence.</summary>
internal sealed class SplitMix64(ulong seed)
{
    private ulong state = seed;

    internal ulong Next()
    {
        unchecked
        {
            var z = state += 0x9e3779b97f4a7c15;
            z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
            z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
            return z ^ (z >> 31);
        }
    }

    /// <summary>A number below <paramref name="bound"/>, which is small enough for the remainder's bias not to matter.</summary>
    internal int Below(int bound) => (int)(Next() % (ulong)bound);
}

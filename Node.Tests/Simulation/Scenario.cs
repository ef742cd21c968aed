using Ledger.Consensus.Chain;
using Ledger.Consensus.Engine;

namespace Ledger.Node.Tests.Simulation;

/// <summary>
/// One seed: peers, stakes, liars and weather are drawn from it. First everything goes wrong and nothing bad may
/// happen; then the weather clears up, everyone is back, and good things must happen.
/// </summary>
internal static class Scenario
{
    private const long StormMilliseconds = 12_000, CalmMilliseconds = 120_000;
    private const ulong StormHeights = 6, CalmHeights = 2;

    internal static World Run(int seed, Func<Guards>? guards = null, bool losesDisks = false)
    {
        var world = new World(seed);
        Populate(world, guards ?? (() => new()), losesDisks);
        world.Weather = Weather.Draw(world.Random);
        world.Storm();
        world.Run(StormMilliseconds, () => world.Honest.All(p => p.Height > StormHeights));

        world.Heal();
        var goal = world.Peers.Max(p => p.Height) + CalmHeights;
        if (!world.Run(CalmMilliseconds, () => world.Honest.All(p => p.Height >= goal)))
            world.Oracle.Violations.Add(
                $"no progress in fine weather: heights {string.Join(", ", world.Peers.Select(p => p.Height))}");
        return world;
    }

    private static void Populate(World world, Func<Guards> guards, bool losesDisks)
    {
        var seats = world.Chance(0.8) ? 4 : 7;
        var liars = (seats - 1) / 3;
        var stakes = Stakes(world.Random, seats, liars);
        var followers = world.Random.Next(2);
        var peers = Enumerable.Range(0, seats + followers).Select(i => i < liars
            ? Liar(world, i)
            : new Peer(world, i, guards()) { LosesItsDisk = losesDisks }).ToList();
        foreach (var liar in peers.Where(p => !p.IsHonest))
            world.Oracle.Distrust(liar.Address);
        world.Populate(peers, new(stakes.Select((s, i) => new Validator(peers[i].Address, s, 0))));
    }

    // Liars have less than a third of the stake, but sometimes nearly that, and the rotation starts anywhere.
    private static ulong[] Stakes(Random random, int seats, int liars)
    {
        var stakes = new ulong[seats];
        for (var i = 0; i < seats; i++)
            stakes[i] = random.Next(2) == 0 || i < liars ? 100 : (ulong)random.Next(100, 200);
        return stakes;
    }

    private static Peer Liar(World world, int index) => world.Random.Next(6) switch
    {
        0 => new Withholder(world, index),
        1 => new Replayer(world, index),
        2 => new Flooder(world, index),
        _ => new Equivocator(world, index),
    };
}

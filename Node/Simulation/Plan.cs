using System.Collections.Immutable;
using Ledger.Consensus.Chain;

namespace Ledger.Node.Simulation;

/// <summary>What to draw a plan from.</summary>
internal sealed record Terrain(int Nodes, FaultGroups Groups, int Heights);

/// <summary>
/// One simulated history before it happens: who takes part, and everything that will go wrong. All of it follows from
/// the seed, and a part of the faults can be left out to see which of them matter.
/// </summary>
internal sealed record Plan
{
    // A height takes about this long when nothing goes wrong: what goes wrong is spread over the whole history.
    private const long HeightMs = 60;

    private static readonly FaultKind[] Doom = [FaultKind.Rot, FaultKind.LostHome, FaultKind.OldBackup];

    private static readonly FaultKind[] Actors =
        [.. Enum.GetValues<FaultKind>().Where(k => k >= FaultKind.Equivocator)];

    private static readonly FaultKind[] Passing = [.. Enum.GetValues<FaultKind>().Except(Doom).Except(Actors)];

    // Everything that takes days on a real chain happens within a short history.
    private static readonly ChainParameters Hasty = new()
    {
        Unbonding = 4_000,
        EvidenceAge = 3_000,
        TrustingPeriod = 2_000,
        ProposeTimeout = 300,
        ProposeIncrement = 100,
        VoteTimeout = 150,
        VoteIncrement = 50,
        BlockInterval = 10,
        EmptyBlockInterval = 40,
    };

    internal required ulong Seed { get; init; }

    /// <summary>The heights that are to be decided while things go wrong.</summary>
    internal required int Heights { get; init; }

    /// <summary>By validator; each is worth a vote.</summary>
    internal required ImmutableArray<ulong> Stakes { get; init; }

    /// <summary>Peers without stake.</summary>
    internal required int Followers { get; init; }

    internal required ImmutableArray<Fault> Faults { get; init; }

    internal ChainParameters Parameters { get; init; } = Hasty;

    /// <summary>Whether anybody wants anything: without, blocks are empty.</summary>
    internal bool HasLoad { get; init; } = true;

    /// <summary>How long things go wrong, at least; then all is healed.</summary>
    internal long StormMs => Heights * HeightMs;

    internal static Plan Draw(ulong seed, Terrain terrain)
    {
        var dice = new Dice(seed);
        var stakes = Weights(dice, terrain.Nodes);
        var faults = new List<Fault>();
        var bad = Dishonest(dice, stakes, terrain.Groups, faults);
        var span = terrain.Heights * HeightMs;
        var followers = terrain.Groups == FaultGroups.None ? 0 : dice.Below(3);
        foreach (var group in (FaultGroups[])
            [FaultGroups.Network, FaultGroups.Crash, FaultGroups.Clock, FaultGroups.Disk])
            if (terrain.Groups.HasFlag(group) && dice.Chance(0.6))
                for (var i = dice.Below(4); i >= 0; i--)
                    faults.Add(Passes(dice, group, terrain.Nodes, followers, span));
        return new()
        {
            Seed = seed,
            Heights = terrain.Heights,
            Stakes = stakes,
            Followers = followers,
            // What a dishonest node's own disk does is its own business.
            Faults = [.. faults.Where(f => f.Group != FaultGroups.Disk || f.Costs || !bad.Contains(f.Node))],
        };
    }

    public override string ToString() =>
        $"seed {Seed}: {Heights} heights, stakes {string.Join(' ', Stakes)}, {Followers} followers"
        + string.Concat(Faults.Select(f => $"\n  {f}"));

    // Half of the networks are equal; in the others quorums have odd edges.
    private static ImmutableArray<ulong> Weights(Dice dice, int nodes)
    {
        var equal = dice.Chance(0.5);
        return [.. Enumerable.Range(0, nodes).Select(_ => equal ? 10_000UL : (ulong)dice.Between(1, 40) * 1_000)];
    }

    // Less than a third of the stake is dishonest, or loses its home, which is no better.
    private static HashSet<int> Dishonest(
        Dice dice, ImmutableArray<ulong> stakes, FaultGroups groups, List<Fault> faults)
    {
        var kinds = (groups.HasFlag(FaultGroups.Byzantine) ? Actors : [])
            .Concat(groups.HasFlag(FaultGroups.Disk) ? Doom : []).ToList();
        var total = stakes.Aggregate(0UL, (sum, stake) => sum + stake);
        var (bad, lost) = (new HashSet<int>(), 0UL);
        for (var tries = 0; kinds.Count > 0 && tries < stakes.Length; tries++)
        {
            var node = dice.Below(stakes.Length);
            if (dice.Chance(0.25) || 3 * (lost + stakes[node]) >= total || !bad.Add(node))
                continue;
            lost += stakes[node];
            faults.Add(new(dice.Pick(kinds), dice.Between(0, 2_000), 0, node, (long)(dice.Next() >> 1)));
        }
        return bad;
    }

    private static Fault Passes(Dice dice, FaultGroups group, int nodes, int followers, long span)
    {
        // What brings locks that only some know of is worth more than its share.
        var kind = group == FaultGroups.Network && dice.Chance(0.3)
            ? FaultKind.Hiding
            : dice.Pick([.. Passing.Where(k => new Fault(k, 0, 0, 0, 0).Group == group)]);
        var amount = kind switch
        {
            FaultKind.Loss => dice.Between(10, 300),
            FaultKind.Duplication => dice.Between(10, 500),
            FaultKind.Delay => dice.Between(2_000, 100_000),
            FaultKind.SlowKind => dice.Between(1, 9),
            FaultKind.Clog or FaultKind.Hiding => dice.Below(nodes),
            FaultKind.Crash or FaultKind.Storm => dice.Exponential(400),
            FaultKind.Slowness => dice.Between(50, 3_000),
            FaultKind.CrashAtOperation => dice.Between(1, 40),
            FaultKind.Skew => dice.Between(-2_000, 2_000),
            FaultKind.Drift => dice.Between(-100_000, 100_000),
            _ => (long)(dice.Next() >> 1),
        };
        var length = 50 + dice.Exponential(kind == FaultKind.Hiding ? span : span / 3);
        return new(kind, dice.Between(0, span), length, dice.Below(nodes + followers), amount);
    }
}

using System.Collections.Concurrent;
using System.Diagnostics;

namespace Ledger.Node.Simulation;

/// <summary>What many histories came to. Times are in seconds.</summary>
internal sealed record SwarmResult
{
    public required int Seeds { get; init; }

    /// <summary>Heights that were asked for, over all histories.</summary>
    public required long Heights { get; init; }

    public required long Decided { get; init; }

    public required IReadOnlyList<string> Violations { get; init; }

    public required long EquivocationsCaught { get; init; }

    public required long RoundsAboveZero { get; init; }

    public required long Locks { get; init; }

    public required long Crashes { get; init; }

    public required long Slashes { get; init; }

    public required double VirtualSeconds { get; init; }

    public required double Seconds { get; init; }

    public required double HeightsPerSecond { get; init; }

    /// <summary>What all nodes together have sent for each height that was decided.</summary>
    public required double MessagesPerHeight { get; init; }

    public required double BytesPerHeight { get; init; }
}

/// <summary>Runs many histories, and finds out what of a failing one matters.</summary>
internal static class Swarm
{
    /// <summary>
    /// Lets histories happen, <paramref name="threads"/> at once; they share nothing, and are told of in the order of
    /// their seeds.
    /// </summary>
    internal static SwarmResult Run(
        ulong first, ulong last, Terrain terrain, int threads, Action<World> finished, CancellationToken stop)
    {
        var begun = Stopwatch.GetTimestamp();
        long decided = 0, equivocations = 0, late = 0, locks = 0, crashes = 0, slashes = 0, virtualUs = 0;
        long messages = 0, bytes = 0;
        var (violations, seeds) = (new List<string>(), 0);
        foreach (var world in Histories(Plans(first, last, terrain, stop), threads))
        {
            seeds++;
            finished(world);
            decided += world.Decided;
            equivocations += world.Oracle.Equivocations;
            (late, locks) = (late + world.Oracle.LateRounds, locks + world.Oracle.Locks);
            (crashes, slashes) = (crashes + world.Tally.Crashes, slashes + world.Tally.Slashes);
            virtualUs += world.Timeline.NowUs;
            (messages, bytes) = (messages + world.Network.Messages, bytes + world.Network.Bytes);
            violations.AddRange(world.Oracle.Violations.Select(v => $"seed {world.Plan.Seed}: {v}"));
        }
        var seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        return new()
        {
            Seeds = seeds,
            Heights = (long)seeds * terrain.Heights,
            Decided = decided,
            Violations = violations,
            EquivocationsCaught = equivocations,
            RoundsAboveZero = late,
            Locks = locks,
            Crashes = crashes,
            Slashes = slashes,
            VirtualSeconds = Math.Round(virtualUs / 1e6, 1),
            Seconds = Math.Round(seconds, 2),
            HeightsPerSecond = Math.Round(decided / seconds, 1),
            MessagesPerHeight = Math.Round(messages / Math.Max(decided, 1.0), 1),
            BytesPerHeight = Math.Round(bytes / Math.Max(decided, 1.0), 1),
        };
    }

    private static IEnumerable<Plan> Plans(ulong first, ulong last, Terrain terrain, CancellationToken stop)
    {
        for (var seed = first; seed <= last && !stop.IsCancellationRequested; seed++)
            yield return Plan.Draw(seed, terrain);
    }

    // Plan by plan, or a thread would take many at once, and whoever watches would wait for all of them.
    private static ParallelQuery<World> Histories(IEnumerable<Plan> plans, int threads, PlantedBug? bug = null) =>
        Partitioner.Create(plans, EnumerablePartitionerOptions.NoBuffering)
            .AsParallel().AsOrdered().WithDegreeOfParallelism(threads)
            .WithMergeOptions(ParallelMergeOptions.NotBuffered).Select(plan => Play(plan, bug));

    /// <summary>Lets one history happen.</summary>
    internal static World Play(Plan plan, PlantedBug? bug = null)
    {
        Log.Mute();
        var world = new World(plan, bug);
        world.Run();
        return world;
    }

    /// <summary>
    /// A smaller plan that still breaks the same property: whole kinds of faults are left out first, then single ones,
    /// then heights.
    /// </summary>
    internal static Plan Shrink(Plan plan, PlantedBug? bug = null)
    {
        var property = Property(plan, bug);
        if (property is null)
            return plan;
        foreach (var kind in plan.Faults.Select(f => f.Kind).Distinct().ToList())
            plan = Try(plan with { Faults = plan.Faults.RemoveAll(f => f.Kind == kind) });
        foreach (var fault in plan.Faults)
            plan = Try(plan with { Faults = plan.Faults.Remove(fault) });
        for (var heights = plan.Heights / 2; heights > 0; heights /= 2)
            plan = Try(plan with { Heights = heights });
        return plan;

        Plan Try(Plan smaller) => Property(smaller, bug) == property ? smaller : plan;
    }

    /// <summary>
    /// How many seeds it takes until a bug is noticed, and by which property; null where none is enough.
    /// </summary>
    internal static (ulong Seeds, string Property)? Catch(
        PlantedBug bug, Terrain terrain, ulong first, ulong last, int threads)
    {
        var caught = Histories(Plans(first, last, terrain, default), threads, bug).FirstOrDefault(w => w.HasFailed);
        return caught is null ? null : (caught.Plan.Seed - first + 1, PropertyOf(caught)!);
    }

    private static string? Property(Plan plan, PlantedBug? bug) => PropertyOf(Play(plan, bug));

    // The first words of a violation name the property.
    private static string? PropertyOf(World world) =>
        world.Oracle.Violations is [var first, ..] ? first.Split(' ')[0] : null;
}

using System.CommandLine;
using System.Globalization;
using Ledger.Learning.Json;
using Ledger.Node.Simulation;

namespace Ledger.Node.Cli;

/// <summary><c>ledger simulate</c>: whole nodes on virtual time, where anything may go wrong but agreement.</summary>
internal static class SimulateCommand
{
    private const int ReportEvery = 100;

    private static readonly Option<string> Seeds = new("--seeds")
    {
        Description = "one seed, or the first and last of many",
        HelpName = "A..B",
        DefaultValueFactory = _ => "1..100",
    };

    private static readonly Option<int> Nodes = new("--nodes")
    {
        Description = "validators",
        HelpName = "N",
        DefaultValueFactory = _ => 4,
    };

    private static readonly Option<string> Faults = new("--faults")
    {
        Description = "all, none, or some of network,crash,clock,disk,byzantine",
        HelpName = "LIST",
        DefaultValueFactory = _ => "all",
    };

    private static readonly Option<int> Heights = new("--heights")
    {
        Description = "heights to decide while things go wrong; three more must follow when all is healed",
        HelpName = "H",
        DefaultValueFactory = _ => 20,
    };

    private static readonly Option<int> Threads = new("--threads")
    {
        Description = "seeds that run at once; each is one thread's work",
        HelpName = "N",
        DefaultValueFactory = _ => Environment.ProcessorCount,
    };

    private static readonly Option<bool> Verbose = new("--verbose") { Description = "print each seed's plan" };

    private static readonly Option<bool> Shrink = new("--shrink")
    {
        Description = "find fewer faults with which a failing seed still fails",
    };

    private static readonly Option<string> Bug = new("--bug")
    {
        Description = "let all honest nodes make this mistake, until a seed shows it",
        HelpName = "NAME",
    };

    private static readonly Option<bool> Bugs = new("--bugs")
    {
        Description = "try all known mistakes: how many seeds does each need, and which property shows it",
    };

    internal static Command Create(Terminal terminal)
    {
        var command = new LedgerCommand("simulate", "run whole nodes on virtual time, with everything going wrong",
            "ledger simulate --seeds 1..2000 --nodes 4 --json", "ledger simulate --seeds 7 --verbose --shrink",
            "ledger simulate --experiment fedavg-2nn-iid.json --data data")
        {
            Seeds, Nodes, Faults, Heights, Threads, Verbose, Shrink, Bug, Bugs, Experiments.File, Experiments.Data,
            Experiments.Out, SharedOptions.Json,
        };
        command.SetAction((parsed, stop) => Task.FromResult(Run(terminal, parsed, stop)));
        return command;
    }

    private static int Run(Terminal terminal, ParseResult parsed, CancellationToken stop)
    {
        if (parsed.GetValue(Experiments.File) is { } experiment)
            return Experiments.Run(terminal, parsed, experiment, stop);
        var (first, last) = Range(parsed.GetValue(Seeds)!);
        var terrain = new Terrain(
            AtLeastOne("--nodes", parsed.GetValue(Nodes)), Groups(parsed.GetValue(Faults)!),
            AtLeastOne("--heights", parsed.GetValue(Heights)));
        var threads = AtLeastOne("--threads", parsed.GetValue(Threads));
        if (parsed.GetValue(Bugs) || parsed.GetValue(Bug) is not null)
            return Plant(terminal, parsed, terrain, (first, last), threads);
        var result = Swarm.Run(first, last, terrain, threads, world => Report(terminal, parsed, world), stop);
        terminal.Result(parsed.IsJson(), result, string.Create(CultureInfo.InvariantCulture,
            $"{result.Seeds} seeds, {result.Decided} heights in {result.Seconds} s ({result.HeightsPerSecond}/s), "
            + $"{result.VirtualSeconds} s of virtual time\n"
            + $"{result.MessagesPerHeight} messages, {result.BytesPerHeight} bytes a height\n"
            + $"{result.RoundsAboveZero} late rounds, {result.Locks} locks, "
            + $"{result.Crashes} crashes, {result.EquivocationsCaught} equivocations, {result.Slashes} slashes\n"
            + $"{result.Violations.Count} violations"));
        return result.Violations.Count == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    private static int Plant(
        Terminal terminal, ParseResult parsed, Terrain terrain, (ulong First, ulong Last) seeds, int threads)
    {
        var missed = 0;
        foreach (var bug in parsed.GetValue(Bug) is { } name ? [Known(name)] : PlantedBug.All)
        {
            var caught = Swarm.Catch(bug, terrain, seeds.First, seeds.Last, threads);
            missed += caught is null && !bug.HasScript ? 1 : 0;
            var view = new BugView(bug.Name, bug.What, caught?.Seeds, caught?.Property, bug.HasScript);
            terminal.Result(parsed.IsJson(), view,
                $"{bug.Name,-18} {Caught(bug, caught),-16} {bug.What}");
        }
        return missed == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    private static string Caught(PlantedBug bug, (ulong Seeds, string Property)? caught) =>
        caught is var (seeds, by) ? $"{seeds,4} seeds, {by}" : bug.HasScript ? "by a script" : "no seed";

    private static PlantedBug Known(string name) => PlantedBug.Find(name)
        ?? throw new OperatorException($"no bug '{name}'",
            Spelling.Suggest(name, [.. PlantedBug.All.Select(b => b.Name)]), misuse: true);

    private static void Report(Terminal terminal, ParseResult parsed, World world)
    {
        var plan = world.Plan;
        if (parsed.GetValue(Verbose))
            terminal.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{plan}\n  {world.Decided} heights, {world.Timeline.NowUs / 1_000_000} s, {world.Fingerprint:x16}"));
        else if (plan.Seed % ReportEvery == 0)
            terminal.Error.WriteLine($"seed {plan.Seed}");
        if (!world.HasFailed)
            return;
        foreach (var violation in world.Oracle.Violations)
            terminal.Error.WriteLine($"seed {plan.Seed}: {violation}");
        terminal.Error.WriteLine($"replay: ledger simulate --seeds {plan.Seed} --nodes {parsed.GetValue(Nodes)} "
            + $"--faults {parsed.GetValue(Faults)} --heights {parsed.GetValue(Heights)} --verbose");
        if (parsed.GetValue(Shrink))
            terminal.Error.WriteLine($"still fails: {Swarm.Shrink(plan)}");
    }

    private static (ulong First, ulong Last) Range(string text)
    {
        var parts = text.Split("..");
        return parts.Length <= 2 && ulong.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var a)
            && ulong.TryParse(parts[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var b) && a <= b
            ? (a, b)
            : throw new OperatorException($"--seeds is '{text}'", "write it as --seeds 7, or --seeds 1..2000",
                misuse: true);
    }

    private static int AtLeastOne(string option, int number) => number > 0
        ? number
        : throw new OperatorException($"{option} is {number}", "one is the least", misuse: true);

    private static FaultGroups Groups(string text) => text
        .Split(',')
        .Aggregate(FaultGroups.None, (all, name) => Enum.TryParse<FaultGroups>(name, ignoreCase: true, out var group)
            && !int.TryParse(name, NumberStyles.Integer, CultureInfo.InvariantCulture, out _)
            ? all | group
            : throw new OperatorException($"no kind of fault '{name}'",
                "all, none, or some of network,crash,clock,disk,byzantine", misuse: true));

    /// <summary>
    /// A planted bug and what it took to notice it; where no seed did, a script in the tests of the rules may.
    /// </summary>
    private sealed record BugView(string Bug, string What, ulong? Seeds, string? Property, bool Script);
}

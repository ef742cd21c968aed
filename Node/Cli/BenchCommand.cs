using System.CommandLine;
using System.Globalization;
using Ledger.Learning.Json;
using Ledger.Node.Bench;
using Ledger.Node.Cli.Devnet;

namespace Ledger.Node.Cli;

/// <summary><c>ledger bench</c>: what this machine can do, each figure beside a named other of the same run.</summary>
internal static class BenchCommand
{
    private const int Nodes = 4;
    private static readonly string[] Names = ["aggregation", "network", "consensus", "round"];

    private static readonly Argument<string?> Name = new("name")
    {
        Description = $"one of: {string.Join(", ", Names)}; all of them where there is none",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly TaskOptions Task = new();

    internal static Command Create(Terminal terminal)
    {
        var command = new LedgerCommand("bench", "measure what this machine can do",
            "ledger bench", "ledger bench aggregation --json", "ledger bench round --data mnist --rounds 5")
        {
            Name, SharedOptions.Json,
        };
        Task.AddTo(command);
        command.SetAction((parsed, stop) => Run(terminal, parsed, stop));
        return command;
    }

    private static async Task<int> Run(Terminal terminal, ParseResult parsed, CancellationToken stop)
    {
        var name = parsed.GetValue(Name);
        if (name is not null && !Names.Contains(name))
            throw new OperatorException($"no bench '{name}'", Spelling.Suggest(name, Names), misuse: true);
        if (name is null or "aggregation")
            foreach (var figure in AggregationBench.Run().Concat(ClosingBench.Run()))
                Print(terminal, parsed, figure);
        if (name is null or "network")
            foreach (var figure in TransportBench.Run())
                Print(terminal, parsed, figure);
        if (name is null or "consensus")
            await InDirectory(async d =>
            {
                await foreach (var figure in ConsensusBench.Run(Plan(parsed, d), stop))
                    Print(terminal, parsed, figure);
                return d;
            });
        if (name is null or "round")
            foreach (var figure in await InDirectory(d => Round(Plan(parsed, d), stop)))
                Print(terminal, parsed, figure);
        return ExitCode.Done;
    }

    private static async Task<IReadOnlyList<Figure>> Round(DevnetPlan plan, CancellationToken stop)
    {
        var silent = new Terminal(TextReader.Null, TextWriter.Null, TextWriter.Null, IsInteractive: false);
        var table = new RoundTable(silent, json: true);
        await using var run = new DevnetRun(plan, table);
        return await RoundBench.Run(plan, run, table, stop);
    }

    private static DevnetPlan Plan(ParseResult parsed, string directory)
    {
        var draft = Task.Draft(parsed, parsed.GetValue(Task.Data) ?? DataFiles.Digits, Nodes);
        var (task, recipe, _) = draft.Build(default);
        return new()
        {
            Directory = directory,
            Task = task,
            Recipe = recipe,
            ModelFile = null,
            Shards = DealtData.Deal(recipe.Schema, draft.Sources, "iid", Nodes),
            Threads = [1],
            Environment = [],
        };
    }

    private static async Task<T> InDirectory<T>(Func<string, Task<T>> work)
    {
        var directory = Directory.CreateTempSubdirectory("ledger-bench-").FullName;
        try
        {
            return await work(directory);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static void Print(Terminal terminal, ParseResult parsed, Figure figure) =>
        terminal.Result(parsed.IsJson(), figure, string.Create(CultureInfo.InvariantCulture,
            $"{figure.Name,-26} {figure.Value,12:0.###} {figure.Unit}")
            + (figure.Ratio is { } ratio
                ? string.Create(CultureInfo.InvariantCulture, $"\n{"",-26} {ratio,12:0.###} x {figure.Against}") : ""));
}

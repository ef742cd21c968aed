using System.CommandLine;
using System.Globalization;
using System.Net;
using Ledger.Node.Cli.Devnet;

namespace Ledger.Node.Cli;

/// <summary><c>ledger devnet</c>: a whole testnet on this machine, of real processes, that trains one model and is
/// examined at the end.</summary>
internal static class DevnetCommand
{
    private const int NodesMax = 64;

    private static readonly Option<int?> Nodes =
        new("--nodes") { Description = "how many peers; 4 where nothing says otherwise", HelpName = "N" };

    private static readonly Option<string> Split = new("--split")
    {
        Description = "who gets which rows: iid, dirichlet:A, shards:K, or site (a file for each node)",
        HelpName = "NAME",
        DefaultValueFactory = _ => "iid",
    };

    private static readonly Option<string?> Place =
        new("--dir") { Description = "where to put homes and logs; kept", HelpName = "DIR" };

    private static readonly Option<bool> Keep = new("--keep") { Description = "keep the temporary directory" };

    private static readonly Option<bool> Explore =
        new("--explore") { Description = "serve the first node's dashboard, and keep running until Ctrl-C" };

    private static readonly Option<string> Threads = new("--threads-per-node")
    {
        Description = "threads of each node, in turn",
        HelpName = "N[,N…]",
        Hidden = true,
        DefaultValueFactory = _ => "1",
    };

    private static readonly Option<string[]> Environment = new("--node-environment")
    {
        Description = "a variable for one node",
        HelpName = "NODE:NAME=VALUE",
        Hidden = true,
    };

    private static readonly Option<string?> Attack = new("--attack")
    {
        Description = "let the last COUNT nodes cheat, e.g. sign-flip, label-flip, backdoor, free-rider",
        HelpName = "NAME:COUNT",
    };

    private static readonly Option<bool> Compare = new("--compare")
    {
        Description = "then train each node alone, and all rows in one place, as long: was it worth it?",
    };

    private static readonly TaskOptions Task = new();

    internal static Command Create(Terminal terminal)
    {
        var command = new LedgerCommand("devnet", "a whole testnet on this machine that trains one model",
            "ledger devnet", "ledger devnet --nodes 7 --rounds 20 --split dirichlet:0.5 --rule trimmed-mean",
            "ledger devnet --data a.csv,b.csv,c.csv,d.csv --label \"num>0\" --split site --compare",
            "ledger devnet --nodes 8 --attack sign-flip:2",
            "ledger devnet --data mnist --model cnn --json", "ledger devnet --rounds 100 --explore")
        {
            Nodes, Split, Attack, Compare, Place, Keep, Explore, Threads, Environment, SharedOptions.Json,
        };
        Task.AddTo(command);
        command.SetAction((parsed, stop) => Run(terminal, parsed, stop));
        return command;
    }

    private static async Task<int> Run(Terminal terminal, ParseResult parsed, CancellationToken stop)
    {
        var directory = parsed.GetValue(Place) is { } place
            ? Fresh(Path.GetFullPath(place))
            : Directory.CreateTempSubdirectory("ledger-").FullName;
        var keep = parsed.GetValue(Keep) || parsed.GetValue(Place) is not null;
        try
        {
            return await Run(terminal, parsed, PlanOf(parsed, directory), stop);
        }
        finally
        {
            if (keep)
                terminal.Error.WriteLine($"kept '{directory}'");
            else
                Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task<int> Run(Terminal terminal, ParseResult parsed, DevnetPlan plan, CancellationToken stop)
    {
        var shards = plan.Shards.Select(each => each.Shard).ToArray();
        terminal.Error.WriteLine($"{plan.Nodes} nodes, task '{plan.Task.Spec.Name}': {plan.Recipe.Model.Name}, "
            + $"{shards.Sum(s => s.Training.Rows)} rows to train on, "
            + $"{shards.Sum(s => s.Validation.Rows)} for validation, "
            + $"{shards.Sum(s => s.HeldOut.Rows)} held out");
        if (plan.Dashboard is { } dashboard)
            terminal.Error.WriteLine($"dashboard: http://{dashboard}/");
        await using var run = new DevnetRun(plan, new(terminal, parsed.IsJson()));
        var summary = await run.Run(stop);
        if (parsed.GetValue(Compare) && summary.Agree)
            summary = summary with
            {
                Compared = DevnetComparison.Of(
                    terminal, plan, await run.Joint(summary, stop), (int)summary.Rounds, stop),
            };
        terminal.Result(parsed.IsJson(), summary, "\n" + summary.Text());
        terminal.Output.Flush();
        if (plan.Dashboard is { } at)
            await KeepRunning(terminal, at, stop);
        return summary.Agree ? ExitCode.Done : ExitCode.Failed;
    }

    private static async Task KeepRunning(Terminal terminal, IPEndPoint dashboard, CancellationToken stop)
    {
        terminal.Error.WriteLine($"\nthe network goes on: http://{dashboard}/ (Ctrl-C ends it)");
        await System.Threading.Tasks.Task.Delay(Timeout.Infinite, stop).ContinueWith(_ => { }, TaskScheduler.Default);
    }

    private static DevnetPlan PlanOf(ParseResult parsed, string directory)
    {
        var data = parsed.GetValue(Task.Data) ?? DataFiles.Digits;
        var split = parsed.GetRequiredValue(Split);
        DealtData.Check(split);
        var draft = Task.Draft(parsed, data, parsed.GetValue(Nodes) ?? 4);
        var nodes = NodesOf(parsed, split, draft.Sources.Count);
        draft = draft with { Parties = nodes };
        var attack = parsed.GetValue(Attack) is { } cheating ? DevnetAttack.Parse(cheating) : null;
        if (attack?.Count >= nodes)
            throw new OperatorException($"--attack {attack.Attack.Name}:{attack.Count} leaves nobody honest",
                $"there are {nodes} nodes", misuse: true);
        // The owner is the first node, whose key does not exist yet.
        var (task, recipe, file) = draft.Build(default);
        return new()
        {
            Directory = directory,
            Task = task,
            Recipe = recipe,
            Attack = attack,
            ModelFile = file is null ? null : Path.GetFullPath(draft.Model!),
            Shards = DealtData.Deal(recipe.Schema, draft.Sources, split, nodes),
            Threads = [.. parsed.GetRequiredValue(Threads).Split(',').Select(ThreadCount)],
            Dashboard = parsed.GetValue(Explore) ? FreePorts.TakeTcp() : null,
            Environment = [.. (parsed.GetValue(Environment) ?? []).Select(Variable)],
        };
    }

    private static int NodesOf(ParseResult parsed, string split, int files)
    {
        var asked = parsed.GetValue(Nodes);
        var nodes = split == DealtData.BySite ? files : asked ?? 4;
        if (asked is { } number && number != nodes)
            throw new OperatorException($"--nodes is {number} and there are {files} sites",
                "leave --nodes out: each file is a node", misuse: true);
        return nodes is >= 1 and <= NodesMax
            ? nodes
            : throw new OperatorException($"--nodes is {nodes}", $"give 1 to {NodesMax}", misuse: true);
    }

    private static string Fresh(string path)
    {
        if (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any())
            throw new OperatorException($"the directory '{path}' is not empty", "choose another --dir");
        return Directory.CreateDirectory(path).FullName;
    }

    private static int ThreadCount(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var threads) && threads > 0
            ? threads
            : throw new OperatorException($"{Threads.Name} has '{text}'", "give numbers from 1", misuse: true);

    private static (int Node, string Name, string Value) Variable(string text) =>
        text.Split([':', '='], 3) is [var node, var name, var value]
        && int.TryParse(node, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? (number, name, value)
            : throw new OperatorException($"{Environment.Name} is '{text}'", "write it as NODE:NAME=VALUE",
                misuse: true);
}

using System.CommandLine;
using Ledger.Consensus.Codec;
using Ledger.Node.Http;

namespace Ledger.Node.Cli;

/// <summary><c>ledger task create</c>: puts a training task on a chain that runs, paid by the node's account.</summary>
internal static class TaskCreateCommand
{
    private static readonly Argument<string> From =
        new("FILE") { Description = "a task file; ledger task new writes one" };

    private static readonly Option<int?> Parties = new("--contributors")
    {
        Description = "how many are expected: a round waits for two thirds of them; as many as there are validators "
            + "where nothing is said",
        HelpName = "N",
    };

    internal static Command Create(Terminal terminal)
    {
        var command = new LedgerCommand("create", "put a task on the chain, and its rewards into its pool",
            "ledger task create heart.json", "ledger task create heart.json --contributors 12")
        {
            From, Parties, SharedOptions.Home, SharedOptions.Json,
        };
        command.SetAction((parsed, stop) => Run(terminal, parsed, stop));
        return command;
    }

    private static async Task<int> Run(Terminal terminal, ParseResult parsed, CancellationToken stop)
    {
        var (options, path) = (new TaskOptions(), parsed.GetRequiredValue(From));
        var file = TaskFile.Read(path, options);
        var data = file.GetValue(options.Data)
            ?? throw new OperatorException($"{path}: 'data' is missing", "the task's columns are inferred from it");
        if (parsed.GetValue(Parties) is { } parties and (< 1 or > Limits.ContributorsMax))
            throw new OperatorException($"{Parties.Name} is {parties}",
                $"give a number from 1 to {Limits.ContributorsMax}", misuse: true);
        using var node = RunningNode.Of(parsed);
        var status = await node.Get<StatusView>("status", stop);
        var draft = options.Draft(file, data, parsed.GetValue(Parties) ?? status.Validators);
        var owner = ReadRoutes.AddressIn(status.Address);
        var (task, _, model) = draft.Build(owner);
        terminal.Error.WriteLine(
            $"'{task.Spec.Name}': {task.Spec.Rounds} rounds of {task.Spec.Reward} tokens from {owner}");
        RunningNode.Show(terminal, parsed, await node.CreateTask(task.Spec, model ?? [], stop), "task");
        terminal.Error.WriteLine($"next: ledger shard add FILE --task {task.Spec.Name}");
        return ExitCode.Done;
    }
}

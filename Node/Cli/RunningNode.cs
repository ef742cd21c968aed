using System.CommandLine;
using Ledger.Consensus.Crypto;
using Ledger.Node.Http;

namespace Ledger.Node.Cli;

/// <summary>What commands ask of the node that runs in the home.</summary>
internal static class RunningNode
{
    internal static NodeClient Of(ParseResult parsed) => new(HomeDirectory.Of(parsed).Path);

    /// <summary>The task that <c>--task</c> names, or the only one there is.</summary>
    internal static async Task<TaskView> TaskOf(NodeClient node, ParseResult parsed, CancellationToken stop)
    {
        var name = parsed.GetValue(SharedOptions.Task) ?? await OnlyTask(node, stop);
        return await node.Get<TaskView>($"tasks/{Uri.EscapeDataString(name)}", stop);
    }

    /// <summary>What signatures for its chain name.</summary>
    internal static Digest ChainOf(StatusView status) => Digest.TryParse(status.Chain, out var chain)
        ? chain.Value
        : throw new OperatorException("the node names no chain", "is it of another version?");

    /// <summary>Submits a transfer or a change of stake and says where it ended.</summary>
    internal static async Task<int> Submit(
        Terminal terminal, ParseResult parsed, TransactionRequest transaction, CancellationToken stop)
    {
        using var node = Of(parsed);
        Show(terminal, parsed, await node.Submit(transaction, stop), transaction.Kind);
        return ExitCode.Done;
    }

    /// <summary>Shows a submission that went into a block; a refused one is the operator's to mend.</summary>
    internal static void Show(Terminal terminal, ParseResult parsed, SubmissionView submission, string what)
    {
        if (submission.Refused is { } rule)
            throw new OperatorException($"the {what} was refused: {rule}",
                "see: ledger account show, ledger task show");
        terminal.Result(parsed.IsJson(), submission, TextTable.Pairs(
            ("transaction", submission.Transaction), ("height", $"{submission.Height}")));
    }

    // A name that two tasks have says nothing.
    private static string NameAmong(TaskSummary[] tasks, TaskSummary task) =>
        tasks.Count(other => other.Name == task.Name) == 1 ? task.Name : Figures.Short(task.Id);

    private static async Task<string> OnlyTask(NodeClient node, CancellationToken stop)
    {
        var tasks = await node.Get<TaskSummary[]>("tasks", stop);
        return tasks switch
        {
            [var only] => only.Id,
            [] => throw new OperatorException("the chain has no tasks",
                "a genesis file may hold some: ledger genesis new --data FILE"),
            _ => throw new OperatorException($"the chain has {tasks.Length} tasks",
                $"say which with --task: {string.Join(", ", tasks.Select(task => NameAmong(tasks, task)))}",
                misuse: true),
        };
    }
}

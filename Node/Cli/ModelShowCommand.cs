using System.CommandLine;
using Ledger.Node.Http;

namespace Ledger.Node.Cli;

/// <summary><c>ledger model show</c>: the canonical parameters of a round and who made them.</summary>
internal static class ModelShowCommand
{
    internal static Command Create(Terminal terminal)
    {
        var command = new LedgerCommand("show", "the canonical parameters and who made them", "ledger model show",
            "ledger model show --round 3 --json")
        {
            SharedOptions.Task, ModelCommand.Round, SharedOptions.Home, SharedOptions.Json,
        };
        command.SetAction((parsed, stop) => Run(terminal, parsed, stop));
        return command;
    }

    private static async Task<int> Run(Terminal terminal, ParseResult parsed, CancellationToken stop)
    {
        using var node = RunningNode.Of(parsed);
        var task = await RunningNode.TaskOf(node, parsed, stop);
        var round = CanonicalModel.RoundOf(task, parsed.GetValue(ModelCommand.Round));
        terminal.Result(parsed.IsJson(), round, Text(task, round));
        return ExitCode.Done;
    }

    private static string Text(TaskView task, RoundView round) => TextTable.Pairs([
        ("task", task.Name),
        ("model", CanonicalModel.RecipeOf(task).Model.Name),
        ("round", $"{round.Number} of {task.Rounds}, at height {round.Height}"),
        ("parameters", round.Parameters),
        ("accuracy", $"{Figures.Percent(round.Accuracy)} ({round.Correct} of {round.Total} held-out rows)"),
        ("updates", $"{round.Committed} committed, {round.Revealed} revealed, {round.Taken} taken"),
        .. round.Paid.Select(paid => ("paid", $"{paid.Reward} to {paid.Contributor}"))]);
}

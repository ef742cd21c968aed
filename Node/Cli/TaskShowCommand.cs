using System.CommandLine;
using System.Globalization;
using Ledger.Learning.Data;
using Ledger.Node.Http;

namespace Ledger.Node.Cli;

/// <summary><c>ledger task show</c>: one task: its terms, its recipe, who takes part.</summary>
internal static class TaskShowCommand
{
    internal static Command Create(Terminal terminal)
    {
        var command = new LedgerCommand("show", "one task: its terms, its recipe, who takes part",
            "ledger task show --task digits")
        {
            SharedOptions.Task, SharedOptions.Home, SharedOptions.Json,
        };
        command.SetAction((parsed, stop) => Run(terminal, parsed, stop));
        return command;
    }

    private static string Text(TaskView task)
    {
        var recipe = CanonicalModel.RecipeOf(task);
        var terms = TextTable.Pairs(
            ("task", task.Name), ("id", task.Id), ("owner", task.Owner),
            ("round", $"{Math.Min(task.Round, task.Rounds)} of {task.Rounds}, {task.Phase}"),
            ("money", $"{task.Reward} a round, {task.Deposit} deposit, {task.Pool} in the pool"),
            ("starts with", $"{task.MinContributors} contributors"),
            ("model", $"{recipe.Model.Name}: {recipe.Schema.Inputs} inputs, {Predicts(recipe.Schema)}"),
            ("training", $"{recipe.LocalEpochs} epochs a round, batches of {recipe.BatchSize}"),
            ("rule", recipe.Rule.Name),
            ("parameters", task.Parameters));
        var contributors = TextTable.Of(["contributor", "rows", "validation", "held out", "this round"],
            task.Contributors.Select(c =>
                (string[])[Figures.Short(c.Address), $"{c.Rows}", $"{c.Validation}", $"{c.HeldOut}", Progress(c)]));
        return $"{terms}\n\n{contributors}";
    }

    private static string Predicts(Schema schema) => schema.Target is { } target
        ? string.Create(CultureInfo.InvariantCulture,
            $"the number '{target.Name}' ({target.Mean:g4} ± {target.Deviation:g4})")
        : $"{schema.Classes.Length} classes";

    private static string Progress(ContributorView contributor) => contributor switch
    {
        { Revealed: true } => "revealed",
        { Committed: true } => "committed",
        { Active: true } => "expected",
        _ => "away",
    };

    private static async Task<int> Run(Terminal terminal, ParseResult parsed, CancellationToken stop)
    {
        using var node = RunningNode.Of(parsed);
        var task = await RunningNode.TaskOf(node, parsed, stop);
        terminal.Result(parsed.IsJson(), task, Text(task));
        return ExitCode.Done;
    }
}

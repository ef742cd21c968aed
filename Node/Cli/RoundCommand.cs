using System.CommandLine;
using System.Globalization;
using Ledger.Node.Http;

namespace Ledger.Node.Cli;

/// <summary><c>ledger round</c>: what became of each update of a round, and why.</summary>
internal static class RoundCommand
{
    // The gate is a quarter of the median score; see Learning/Rounds.
    private const double GateShare = 0.25;

    private static readonly Argument<uint?> Number = new("N")
    {
        Description = "the round's number; the newest where there is none",
        Arity = ArgumentArity.ZeroOrOne,
    };

    internal static Command Create(Terminal terminal) =>
        new LedgerCommand("round", "what became of each update of a round, and why")
        {
            Create(terminal, "show", "the updates of a round: score, outcome, reward", Table),
            Create(terminal, "explain", "the same in words", Words),
            RoundReplayCommand.Create(terminal, Number),
        };

    private static LedgerCommand Create(
        Terminal terminal, string name, string description, Func<TaskView, RoundView, string> text)
    {
        var command = new LedgerCommand(name, description, $"ledger round {name} 3")
        {
            Number, SharedOptions.Task, SharedOptions.Home, SharedOptions.Json,
        };
        command.SetAction(async (parsed, stop) =>
        {
            using var node = RunningNode.Of(parsed);
            var task = await RunningNode.TaskOf(node, parsed, stop);
            var round = CanonicalModel.RoundOf(task, parsed.GetValue(Number));
            terminal.Result(parsed.IsJson(), round, text(task, round));
            return ExitCode.Done;
        });
        return command;
    }

    private static string Table(TaskView task, RoundView round) => TextTable.Of(
        ["contributor", "outcome", "norm", "score", "shared with", "reward"],
        round.Paid.Select(paid => (string[])[paid.Contributor, paid.Outcome, Norm(paid), Score(paid.Score),
            $"{Math.Max(0, (int)paid.Shares - 1)}", $"{paid.Reward}"]));

    private static string Words(TaskView task, RoundView round)
    {
        var first = $"round {round.Number} of '{task.Name}', closed at height {round.Height}: "
            + $"{round.Committed} promised, {round.Revealed} opened, "
            + $"{round.Paid.Count} available to two thirds of the stake, {round.Taken} taken";
        return string.Join('\n', [first, .. round.Paid.Select(paid => $"{paid.Contributor}: {Why(round, paid)}"),
            .. round.Roots.Select(Judged)]);
    }

    private static string Judged(RootView root) => $"{root.Scorer} was a scorer for {root.Weight} of stake"
        + (root.Agreement is { } agreement ? $"; agreement with the others {Hundredths(agreement)}" : "");

    private static string Hundredths(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);

    private static string Why(RoundView round, PaymentView paid) => paid.Outcome switch
    {
        "accepted" when paid.Shares > 1 => $"taken{Scored(paid)}, but it is a copy: it shares one weight and one "
            + $"reward with {paid.Shares - 1} more; paid {paid.Reward}",
        "accepted" => $"taken{Scored(paid)}; paid {paid.Reward}",
        "over-norm" => $"refused: {Norm(paid)} times as long as the median update, and 4 is the bound; "
            + $"paid {paid.Reward}",
        _ => $"refused: its cosine to the committee's roots, {Score(paid.Score ?? 0)}, is below the gate of "
            + $"{Score(Gate(round))} and not by chance; paid {paid.Reward} for earlier rounds",
    };

    private static double Gate(RoundView round)
    {
        var scores = round.Paid.Where(paid => paid.Outcome != "over-norm").Select(paid => paid.Score ?? 0).Order()
            .ToList();
        return scores.Count == 0 ? 0 : Math.Max(0, scores[(scores.Count - 1) / 2] * GateShare);
    }

    private static string Scored(PaymentView paid) => paid.Score is { } score ? $" with score {Score(score)}" : "";

    private static string Norm(PaymentView paid) => Hundredths(paid.Norm);

    private static string Score(double? score) => score?.ToString("0.0000", CultureInfo.InvariantCulture) ?? "-";
}

using System.CommandLine;
using System.Globalization;
using Ledger.Consensus.Chain;
using Ledger.Consensus.State;
using Ledger.Node.Http;

namespace Ledger.Node.Cli;

/// <summary><c>ledger reward explain</c>: why an address was paid what it was paid.</summary>
internal static class RewardCommand
{
    private static readonly Argument<string> Whose = new("ADDRESS") { Description = "a contributor's address" };

    internal static Command Create(Terminal terminal)
    {
        var explain = new LedgerCommand("explain", "why an address was paid what it was paid",
            "ledger reward explain led1…")
        {
            Whose, SharedOptions.Task, SharedOptions.Home, SharedOptions.Json,
        };
        explain.SetAction((parsed, stop) => Run(terminal, parsed, stop));
        return new LedgerCommand("reward", "what contributors were paid, and why") { explain };
    }

    private static async Task<int> Run(Terminal terminal, ParseResult parsed, CancellationToken stop)
    {
        using var node = RunningNode.Of(parsed);
        var task = await RunningNode.TaskOf(node, parsed, stop);
        var address = parsed.GetRequiredValue(Whose);
        var steps = Steps(task, address);
        if (steps.Count == 0)
            throw new OperatorException($"no update of '{address}' was in a round of task '{task.Name}'",
                "see who takes part: ledger task show");
        terminal.Result(parsed.IsJson(), new { address, rounds = steps }, TextTable.Of(
            ["round", "outcome", "score", "copies", "merit", "smoothed", "of all", "reward", "paid"],
            steps.Select(step => step.Fields())));
        return ExitCode.Done;
    }

    // The chain's own rules over the chain's own verdicts, for everybody: a reward is a share of all smoothed merits.
    private static List<RewardStep> Steps(TaskView task, string address)
    {
        var (steps, smoothed) = (new List<RewardStep>(), new Dictionary<string, uint?>());
        foreach (var round in task.Results)
        {
            foreach (var paid in round.Paid)
                smoothed[paid.Contributor] = Rewards.Smoothed(
                    smoothed.GetValueOrDefault(paid.Contributor), paid.Merit);
            if (round.Paid.FirstOrDefault(paid => paid.Contributor == address) is not { } own)
                continue;
            var all = round.Paid.Aggregate(0UL, (sum, paid) => sum + (smoothed[paid.Contributor] ?? 0));
            steps.Add(new(round.Number, own.Outcome, own.Score, own.Shares, own.Merit, smoothed[address] ?? 0, all,
                round.Paid.Aggregate(0UL, (sum, paid) => sum + paid.Reward), own.Reward));
        }
        return steps;
    }

    /// <summary>One round of one contributor: paid is reward times smoothed over all, to the token.</summary>
    private sealed record RewardStep(
        uint Round, string Outcome, double? Score, uint Shares, uint Merit, uint Smoothed, ulong All, ulong Reward,
        ulong Paid)
    {
        internal string[] Fields() =>
        [
            $"{Round}", Outcome, Score?.ToString("0.0000", CultureInfo.InvariantCulture) ?? "-",
            $"{Math.Max(0, (int)Shares - 1)}", Averages(Merit), Averages(Smoothed), Averages(All), $"{Reward}",
            $"{Paid}",
        ];

        private static string Averages(ulong merit) =>
            (merit / (double)Verdict.MeritOne).ToString("0.000", CultureInfo.InvariantCulture);
    }
}

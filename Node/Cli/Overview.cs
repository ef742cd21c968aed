using Ledger.Consensus.Codec;
using Ledger.Node.Http;

namespace Ledger.Node.Cli;

/// <summary>What an operator looks at first: whether the chain moves, what each task waits for, what we own and were
/// paid.</summary>
internal sealed record Overview(
    string Network, string Health, string? Trouble, ulong Height, ulong BestPeerHeight, ulong? CommitAge, int Peers,
    string Address, ulong Balance, ulong Stake, string Validator, IReadOnlyList<TaskOverview> Tasks)
{
    internal static async Task<Overview> Of(NodeClient node, CancellationToken stop)
    {
        var status = await node.Get<StatusView>("status", stop);
        var account = await node.Get<AccountView>($"accounts/{status.Address}", stop);
        var tasks = new List<TaskOverview>();
        foreach (var task in await node.Get<TaskSummary[]>("tasks", stop))
            tasks.Add(TaskOverview.Of(await node.Get<TaskView>($"tasks/{task.Id}?from={Recent(task)}", stop), status));
        return new(status.Network, status.Health, status.Stall is { } stall ? ChainStatusCommand.Missing(stall) : null,
            status.Height, status.BestPeerHeight, status.CommitAge, status.Peers, status.Address, account.Balance,
            account.Stake, AccountShowCommand.Standing(account), tasks);
    }

    // What accuracy and reward are looked for in: more rounds than are ever without.
    private static uint Recent(TaskSummary task) => Math.Max(task.Round, Limits.RecentResults) - Limits.RecentResults;

    internal string Text() => TextTable.Pairs([
        ("network", Network),
        ("health", Trouble is null ? Health : $"{Health}: {Trouble}"),
        ("height", $"{Progress()}, last commit {Age()}"),
        ("peers", $"{Peers}"),
        ("account", $"{Address}: balance {Balance}, stake {Stake}"),
        ("validator", Validator),
        .. Tasks.Select(task => ("task", task.Text()))]);

    /// <summary>The same in one line, without what changes with every look: the age of the last commit.</summary>
    internal string Line() => string.Join("; ",
        [$"height {Progress()}, {Health}, {Peers} peers", .. Tasks.Select(task => task.Text()),
        $"balance {Balance}, stake {Stake}"]);

    private string Progress() => BestPeerHeight > Height + 1 ? $"{Height} of {BestPeerHeight}" : $"{Height}";

    private string Age() => CommitAge is { } age ? $"{Figures.Seconds(age)} ago" : "none since the node started";
}

/// <summary>A task in one line: where its round is, for what it waits, and what we were last paid in it.</summary>
internal sealed record TaskOverview(
    string Name, uint Round, uint Rounds, string Phase, string? WaitsFor, double? Accuracy, RewardOverview? LastReward)
{
    // Where more are missing than fit on a line, their number says enough.
    private const int NamesMax = 3;

    internal static TaskOverview Of(TaskView task, StatusView status) => new(
        task.Name, task.Round, task.Rounds, task.Phase, Waits(task, status),
        task.Results.Select(result => result.Accuracy).LastOrDefault(accuracy => accuracy is not null),
        Reward(task, status.Address));

    internal string Text()
    {
        var waits = WaitsFor is null ? "" : $", waits for {WaitsFor}";
        var accuracy = Accuracy is null ? "" : $"; accuracy {Figures.Percent(Accuracy)}";
        var reward = LastReward is { } last ? $"; own reward {last.Tokens} in round {last.Round}" : "";
        return $"'{Name}' round {Math.Min(Round, Rounds)} of {Rounds}: {Phase}{waits}{accuracy}{reward}";
    }

    // Rounds move with blocks: while none comes, that is what everything waits for.
    private static string? Waits(TaskView task, StatusView status)
    {
        var active = task.Contributors.Where(contributor => contributor.Active).ToList();
        return task.Phase switch
        {
            "finished" => null,
            _ when status.Health is Http.Health.Halted => "a block: the chain stands still",
            "waiting" => $"data: {active.Count} of {task.MinContributors} contributors have some",
            "commit" => Missing(active.Where(each => !each.Committed), "training", "everyone is in"),
            "reveal" => Missing(active.Where(each => each is { Committed: true, Revealed: false }), "updates",
                "everyone is in"),
            "attest" => "validators to fetch the updates and say so",
            _ => "a block with the aggregate",
        };
    }

    private static string Missing(IEnumerable<ContributorView> late, string what, string nobody)
    {
        var names = late.Select(each => Figures.Short(each.Address)).ToList();
        return names.Count == 0 ? $"the next block: {nobody}"
            : names.Count > NamesMax ? $"{what} of {names.Count} contributors"
            : $"{what} of {string.Join(", ", names)}";
    }

    private static RewardOverview? Reward(TaskView task, string address) => (
        from result in task.Results
        from paid in result.Paid
        where paid.Contributor == address
        select new RewardOverview(result.Number, paid.Reward, paid.Outcome)).LastOrDefault();
}

/// <summary>What a round paid us, and what became of our update.</summary>
internal sealed record RewardOverview(uint Round, ulong Tokens, string Outcome);

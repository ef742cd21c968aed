namespace Ledger.Node.Tests.EndToEnd;

/// <summary>A task that comes to a chain which already runs.</summary>
[NonParallelizable]
public class TaskCreateTests
{
    [Test, CancelAfter(120_000)]
    public async Task A_task_from_a_file_is_paid_by_who_creates_it_and_trained_by_all()
    {
        await using var network = await Network.Start(validators: 3, rounds: 1);
        var owner = network.Nodes[0];
        var file = network.File("second.json");
        (await LedgerProgram.Run("task", "new", "--data", "digits", "--label", "label", "--task-name", "second",
            "--rounds", "2", "--reward", "500", "-o", file, "--json")).Json();
        var before = await Balance(owner);

        await owner.Json("task", "create", file);
        Assert.That(before - await Balance(owner), Is.InRange(1_000, 1_010), "two rounds' rewards, and a fee");
        foreach (var (node, i) in network.Nodes.Select((node, i) => (node, i)))
            await node.Json("shard", "add", "digits", "--part", $"{i + 1}/3", "--task", "second");

        await network.Until(async () =>
            (await owner.Json("task", "show", "--task", "second")).GetProperty("phase").GetString() == "finished", 60,
            "its two rounds are done");
    }

    [Test, CancelAfter(60_000)]
    public async Task A_task_that_its_owner_cannot_pay_is_refused_with_the_reason()
    {
        var owner = (await SharedNetwork.Get()).Nodes[0];
        var file = (await SharedNetwork.Get()).File("dear.json");
        await File.WriteAllTextAsync(file,
            "{ \"data\": \"digits\", \"label\": \"label\", \"task-name\": \"dear\", \"reward\": 1000000000 }");

        var refused = await owner.Command("task", "create", file);

        Assert.That(refused.Code, Is.Not.Zero);
        Assert.That(string.Join('\n', refused.Errors), Does.Contain("the task was refused"));
    }

    private static async Task<long> Balance(NodeProcess node) =>
        (await node.Json("account", "show")).GetProperty("balance").GetInt64();
}

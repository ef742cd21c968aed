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

    [Test, CancelAfter(120_000)]
    public async Task A_model_of_text_goes_on_writing_what_a_person_begins()
    {
        await using var network = await Network.Start(validators: 1, rounds: 1);
        var node = network.Nodes[0];
        var file = network.File("task.json");
        await File.WriteAllTextAsync(network.File("play.txt"),
            string.Concat(Enumerable.Repeat("To be, or not to be: that is the question.\n", 20)));
        (await LedgerProgram.Run("task", "new", "--data", network.File("play.txt"), "--rounds", "1", "-o", file,
            "--json")).Json();
        await node.Json("task", "create", file);
        await node.Json("shard", "add", network.File("play.txt"), "--task", "play");
        await network.Until(async () => (await node.Json("task", "show", "--task", "play"))
            .GetProperty("phase").GetString() == "finished", 60, "its round is done");

        var written = (await node.Json(
            "model", "generate", "To be", "--task", "play", "--length", "30")).GetProperty("text").GetString()!;
        Assert.That(written, Does.Match("^To be[-Tabehinoqrstu,:. \n]{30}$"));
        var predicted = await node.Json("model", "predict", network.File("play.txt"), "--task", "play");
        Assert.That(predicted.GetProperty("total").GetInt32(), Is.EqualTo((20 * 43 - 1) / 80));
    }

    private static async Task<long> Balance(NodeProcess node) =>
        (await node.Json("account", "show")).GetProperty("balance").GetInt64();
}

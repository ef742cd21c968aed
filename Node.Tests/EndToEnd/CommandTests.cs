using System.Text.Json;
using Ledger.Node.Cli;
using Ledger.Node.Tests.Learning;

namespace Ledger.Node.Tests.EndToEnd;

/// <summary>Every command as programs use it: one JSON object on one line, and help with an example.</summary>
[NonParallelizable]
public class CommandTests
{
    [TestCase("chain status", "height")]
    [TestCase("chain block 1", "proposer")]
    [TestCase("chain block latest", "transactions")]
    [TestCase("peers", "peers")]
    [TestCase("task list", "tasks")]
    [TestCase("task show", "results")]
    [TestCase("round show 1", "paid")]
    [TestCase("round explain", "paid")]
    [TestCase("round replay 2", "parameters")]
    [TestCase("model show", "parameters")]
    [TestCase("model show --round 1", "accuracy")]
    [TestCase("model history", "rounds")]
    [TestCase("model predict digits", "accuracy")]
    [TestCase("shard list", "shards")]
    [TestCase("account show", "balance")]
    [TestCase("account stake 10", "height")]
    [TestCase("account unstake 5", "height")]
    [TestCase("keys show", "peer")]
    [TestCase("keys export", "secret")]
    public async Task A_command_answers_with_one_object_on_one_line(string command, string field)
    {
        var node = (await SharedNetwork.Get()).Nodes[0];
        var answer = await node.Json(command.Split(' '));
        Assert.That(answer.TryGetProperty(field, out _), answer.ToString());
    }

    [Test]
    public async Task Every_past_round_computed_again_is_what_the_chain_says()
    {
        var node = (await SharedNetwork.Get()).Nodes[1];
        var results = (await node.Task()).Results;
        foreach (var round in results.Skip(1))
        {
            var replay = await node.Json("round", "replay", $"{round.Number}");
            Assert.That(replay.GetProperty("agrees").GetBoolean(), replay.ToString());
            Assert.That(replay.GetProperty("updates").GetInt32(), Is.EqualTo(2));
            Assert.That(replay.GetProperty("roots").GetInt32(), Is.EqualTo(2));
            Assert.That(replay.GetProperty("parameters").GetString(), Is.EqualTo(round.Parameters));
        }
    }

    [Test]
    public async Task Genesis_commands_answer_with_one_object_on_one_line()
    {
        var genesis = (await SharedNetwork.Get()).Genesis;
        var check = (await LedgerProgram.Run("genesis", "check", genesis, "--json")).Json();
        var hash = (await LedgerProgram.Run("genesis", "hash", genesis, "--json")).Json();
        Assert.That(check.GetProperty("chain").GetString(), Is.EqualTo(hash.GetProperty("chain").GetString()));
    }

    [Test]
    public async Task A_shard_that_is_removed_is_no_longer_listed()
    {
        var node = (await SharedNetwork.Get()).Nodes[1];
        await node.Json("shard", "remove");
        Assert.That((await node.Json("shard", "list")).GetProperty("shards").GetArrayLength(), Is.Zero);
    }

    [Test]
    public async Task A_key_moves_to_another_home_by_export_and_import()
    {
        using var folder = new TemporaryFolder();
        var node = (await SharedNetwork.Get()).Nodes[0];
        var secret = (await node.Json("keys", "export")).GetProperty("secret").GetString()!;
        var file = folder.Write("key.txt", secret);
        var imported = (await LedgerProgram.Run(
            "keys", "import", file, "--home", $"{folder.Path}/h", "--no-passphrase", "--json")).Json();
        Assert.That(imported.GetProperty("address").GetString(), Is.EqualTo(node.Address));
    }

    [Test]
    public async Task Help_of_every_command_shows_an_example()
    {
        var without = new List<string>();
        var commands = new Queue<string>([""]);
        while (commands.TryDequeue(out var command))
        {
            var help = await LedgerProgram.Run($"{command} --help".Trim().Split(' '));
            Assert.That((help.Code, help.Errors.Count), Is.EqualTo((ExitCode.Done, 0)), command);
            var example = $"  ledger {command}".TrimEnd();
            if (!Under(help, "Examples:").Any(line => line.StartsWith(example, StringComparison.Ordinal)))
                without.Add(command);
            foreach (var sub in Under(help, "Commands:"))
                commands.Enqueue($"{command} {sub.Trim().Split(' ')[0]}".Trim());
        }
        Assert.That(without, Is.Empty);
    }

    [Test]
    public async Task Predictions_name_a_class_and_a_probability_for_every_row()
    {
        var node = (await SharedNetwork.Get()).Nodes[0];
        var answer = await node.Json("model", "predict", "digits");
        var rows = answer.GetProperty("predictions").EnumerateArray().ToList();
        Assert.That(rows, Has.Count.EqualTo(1797));
        Assert.That(rows.Select(row => row.GetProperty("probability").GetDouble()), Is.All.InRange(0.1, 1.0));
        Assert.That(answer.GetProperty("accuracy").GetDouble(), Is.GreaterThan(0.9));
        Assert.That(rows.Select(row => row.GetProperty("class").ValueKind), Is.All.EqualTo(JsonValueKind.String));
    }

    private static IEnumerable<string> Under(Outcome help, string title) =>
        help.Output.SkipWhile(line => line != title).Skip(1).TakeWhile(line => line.Length > 0);
}

using System.Runtime.Versioning;
using System.Text.Json;
using Ledger.Consensus.Chain;
using Ledger.Learning.Data;
using Ledger.Node.Cli;
using Ledger.Node.Http;
using Ledger.Node.Tests.Cli;
using KeyRotations = Ledger.Consensus.State.KeyRotations;

namespace Ledger.Node.Tests.Http;

/// <summary>Commands against a node that answers on its socket: the whole way through parser, HTTP and views.</summary>
public sealed class NodeCommandTests
{
    private TemporaryHome home = null!;
    private FakeNode node = null!;
    private ApiServer server = null!;

    [SetUp]
    public async Task Serve()
    {
        home = new();
        node = new();
        server = await node.Serve(home.Path);
    }

    [TearDown]
    public async Task Stop()
    {
        await server.DisposeAsync();
        home.Dispose();
    }

    [Test]
    [UnsupportedOSPlatform("windows")]
    public void The_socket_is_only_its_owners() => Assert.That(
        File.GetUnixFileMode(home.File("ledger.sock")), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));

    [Test]
    public async Task Status_never_says_ok_while_the_chain_stands_still() =>
        Assert.That((await Json("chain", "status")).GetProperty("health").GetString(), Is.EqualTo(Health.Halted));

    [Test]
    public async Task Peers_are_a_list() =>
        Assert.That((await Json("peers")).GetProperty("peers")[0].GetProperty("height").GetUInt64(), Is.EqualTo(7));

    [Test]
    public async Task Tokens_go_where_they_are_sent()
    {
        var to = new Address(Some.Key(9).PublicKey);
        Assert.That((await Json("account", "send", $"{to}", "250")).GetProperty("height").GetUInt64(), Is.EqualTo(10));
        Assert.That(node.Submitted, Is.EqualTo(new Payload[] { new Payload.Transfer(to, 250) }));
    }

    [Test]
    public async Task A_jailed_validator_asks_to_be_back()
    {
        Assert.That((await Json("account", "unjail")).GetProperty("height").GetUInt64(), Is.EqualTo(10));
        Assert.That(node.Submitted, Is.EqualTo(new Payload[] { new Payload.Unjail() }));
    }

    [Test]
    public async Task A_validator_goes_on_under_the_key_of_another_home_which_consents()
    {
        using var fresh = new TemporaryHome();
        var (old, key) = (node.Snapshot.Address, Some.Key(7));
        KeyFile.Of(key, passphrase: null).WriteNew(fresh.File("key.json"));

        Assert.That((await Json("account", "rotate", fresh.Path)).GetProperty("height").GetUInt64(), Is.EqualTo(10));

        var rotate = (Payload.RotateKey)node.Submitted.Single();
        Assert.That(rotate.To.Key, Is.EqualTo(key.PublicKey));
        Assert.That(key.PublicKey.Verify(
            KeyRotations.ConsentDigest(node.Snapshot.State.ChainId, old, rotate.To), rotate.Consent));
        (await Run("account", "rotate", home.File("nowhere"))).IsMistake(ExitCode.Failed,
            $"there is no key in '{home.File("nowhere")}'",
            "make one with: ledger keys new --home DIR, or try a public one with: --dev 0");
    }

    [Test]
    public async Task A_refused_transaction_fails_with_the_rule()
    {
        node.Refusal = "InsufficientFunds";
        (await Run("account", "stake", "5000")).IsMistake(ExitCode.Failed,
            "the stake was refused: insufficient funds", "see: ledger account show, ledger task show");
    }

    [Test]
    public async Task The_only_task_needs_no_name()
    {
        node.FinishRound();
        Assert.That((await Json("task", "show")).GetProperty("name").GetString(), Is.EqualTo("digits"));
        Assert.That((await Json("model", "history")).GetProperty("rounds").GetArrayLength(), Is.EqualTo(2));
        Assert.That((await Run("model", "show")).Result(), Does.Contain("75.00 % (45 of 60 held-out rows)"));
    }

    [Test]
    public async Task A_task_that_is_not_there_is_answered_with_those_that_are() =>
        (await Run("task", "show", "--task", "digit"))
        .IsMistake(ExitCode.Failed, "no task 'digit'", "tasks are: digits");

    [Test]
    public async Task A_block_above_the_tip_is_not_there() => (await Run("chain", "block", "812"))
        .IsMistake(ExitCode.Failed, "no block at height 812; the tip is 0", "heights count from 1");

    [Test]
    public async Task A_part_of_the_data_becomes_a_shard()
    {
        var view = await Json("shard", "add", "digits", "--part", "2/4");
        using var bytes = new MemoryStream(node.Added.Single().Shard);
        var shard = Shard.Read(bytes, "shard");
        Assert.That(node.Added[0].Source, Is.EqualTo("digits part 2/4"));
        Assert.That((shard.Training.Rows, shard.Validation.Rows, shard.HeldOut.Rows), Is.EqualTo((295, 64, 90)));
        Assert.That(view.GetProperty("root").GetString(), Is.EqualTo(Convert.ToHexStringLower(shard.Root)));
    }

    [Test]
    public async Task A_shard_that_is_not_there_cannot_be_removed() => (await Run("shard", "remove"))
        .IsMistake(ExitCode.Failed, "there is no shard for task 'digits' here", "see: ledger shard list");

    [Test]
    public async Task A_file_of_other_columns_is_no_shard()
    {
        var data = home.Write("other.csv", "a,label\n1,2\n");
        (await Run("shard", "add", data))
            .IsMistake(ExitCode.Failed, "other.csv: no column 'p00'", "columns are: a, label");
    }

    [TestCase("safetensors")]
    [TestCase("pt")]
    public async Task A_model_is_exported_by_its_file_name(string format)
    {
        var path = home.File($"model.{format}");
        var view = await Json("model", "export", "-o", path);
        Assert.That(view.GetProperty("bytes").GetInt64(),
            Is.EqualTo(new FileInfo(path).Length).And.GreaterThan(10_000));
        Assert.That(view.GetProperty("parameters").GetString(), Is.EqualTo($"{node.Task.Round.Parameters}"));
    }

    [Test]
    public async Task Rows_with_labels_examine_the_model()
    {
        var view = await Json("model", "predict", "digits");
        Assert.That(view.GetProperty("total").GetInt32(), Is.EqualTo(1797));
        Assert.That(view.GetProperty("predictions")[0].GetProperty("probability").GetDouble(), Is.InRange(0.1, 1));
    }

    [Test]
    public async Task Rows_without_labels_are_only_predicted()
    {
        var table = Source.Digits();
        var rows = table.Cells.Take(2).Select(cells => string.Join(',', cells[..^1]));
        var data = home.Write("new.csv", string.Join('\n', [string.Join(',', table.Columns[..^1]), .. rows]));
        Assert.That((await Run("model", "predict", data)).Result().Split('\n'), Has.Length.EqualTo(3));
        Assert.That((await Json("model", "predict", data)).GetProperty("total").ValueKind,
            Is.EqualTo(JsonValueKind.Null));
    }

    [Test]
    public async Task Parameters_that_are_not_what_was_voted_on_are_refused()
    {
        node.Blobs[node.Task.Round.Parameters] = [1, 2, 3];
        var outcome = await Run("model", "export", "-o", home.File("model.pt"));
        Assert.That(outcome.Error, Does.StartWith("error: the node gave other bytes than "));
        Assert.That(File.Exists(home.File("model.pt")), Is.False);
    }

    [Test]
    public async Task A_round_to_come_has_no_model() => (await Run("model", "show", "--round", "7"))
        .IsMistake(ExitCode.Failed, "round 7 of task 'digits' is not done", "the newest is round 0");

    [Test]
    public async Task Where_no_node_runs_the_way_to_start_one_is_said()
    {
        using var empty = new TemporaryHome();
        (await CommandLine.Run("chain", "status", "--home", empty.Path)).IsMistake(ExitCode.Failed,
            $"no node is running in '{empty.Path}'",
            $"start one with: ledger run --genesis genesis.json --home {empty.Path}");
    }

    [Test]
    public async Task A_home_too_deep_for_a_socket_is_said_so()
    {
        var deep = $"/tmp/{new string('x', 120)}";
        Assert.That((await CommandLine.Run("peers", "--home", deep)).Error,
            Does.StartWith($"error: the home '{deep}' is too long a path"));
    }

    private Task<CommandLine.Outcome> Run(params string[] args) => CommandLine.Run([.. args, "--home", home.Path]);

    private async Task<JsonElement> Json(params string[] args) =>
        JsonDocument.Parse((await Run([.. args, "--json"])).Result()).RootElement;
}

using System.CommandLine;
using Ledger.Node.Cli;

namespace Ledger.Node.Tests.Cli;

/// <summary>The options of <c>ledger run</c> in a file, and those that are typed besides.</summary>
public sealed class RunConfigTests
{
    private TemporaryHome home = null!;

    [SetUp]
    public void MakeHome() => home = new();

    [TearDown]
    public void RemoveHome() => home.Dispose();

    [Test]
    public void What_the_file_says_is_as_if_it_were_typed()
    {
        var run = Parse("""
            // A node.
            {
              "genesis": "net/genesis.json", "listen": "0.0.0.0:9000", "threads": 3, "new-guard": true,
              "peer": ["a@127.0.0.1:1", "b@127.0.0.1:2"], // two of them
            }
            """);
        Assert.Multiple(() =>
        {
            Assert.That(run.GetValue<string>("--genesis"), Is.EqualTo(home.File("net/genesis.json")));
            Assert.That(run.GetValue<string>("--listen"), Is.EqualTo("0.0.0.0:9000"));
            Assert.That(run.GetValue<int>("--threads"), Is.EqualTo(3));
            Assert.That(run.GetValue<bool>("--new-guard"), Is.True);
            Assert.That(run.GetValue<string[]>("--peer"), Is.EqualTo(new[] { "a@127.0.0.1:1", "b@127.0.0.1:2" }));
        });
    }

    [Test]
    public void What_is_typed_wins()
    {
        var run = Parse("""{ "genesis": "/a.json", "threads": 3, "new-guard": true, "peer": ["a@127.0.0.1:1"] }""",
            "--threads", "5", "--peer", "c@127.0.0.1:3", "--new-guard=false");
        Assert.That(run.GetValue<int>("--threads"), Is.EqualTo(5));
        Assert.That(run.GetValue<string[]>("--peer"), Is.EqualTo(new[] { "c@127.0.0.1:3" }));
        Assert.That(run.GetValue<bool>("--new-guard"), Is.False);
        Assert.That(run.GetValue<string>("--genesis"), Is.EqualTo("/a.json"));
    }

    [TestCase("""{ "lisen": "0.0.0.0:9000" }""", "unknown key 'lisen'", "did you mean 'listen'?")]
    [TestCase("""{ "passphrase": "hunter2" }""", "unknown key 'passphrase'", "known are: ")]
    [TestCase("""{ "attack": "sign-flip" }""", "unknown key 'attack'", "known are: ")]
    [TestCase("""{ "config": "other.json" }""", "unknown key 'config'", "known are: ")]
    [TestCase("""{ "threads": "many" }""", "'many' is no value for threads", "see: ledger run --help")]
    [TestCase("""{ "new-guard": "perhaps" }""", "'perhaps' is no value for new-guard", "write true or false")]
    [TestCase("""{ "listen": 1, "listen": 2 }""", "a key is there twice", "see: ledger run --help")]
    [TestCase("""{ "peer": [["deep"]] }""", "nested", "see: ledger run --help")]
    [TestCase("[]", "not a JSON object", "see: ledger run --help")]
    public async Task A_mistake_in_it_is_named_with_the_file(string text, string message, string hint)
    {
        var outcome = await CommandLine.Run("run", "--config", home.Write("node.json", text));
        Assert.That(outcome.Code, Is.EqualTo(ExitCode.Failed));
        Assert.That(outcome.Error, Does.StartWith($"error: {home.File("node.json")}: ").And.Contain(message)
            .And.Contain($"\nhint: {hint}"));
    }

    [Test]
    public async Task A_file_that_is_not_there_is_a_mistake() =>
        (await CommandLine.Run("run", "--config", home.File("none.json"))).IsMistake(
            ExitCode.Failed, $"no file '{home.File("none.json")}'", "see: ledger run --help");

    [Test]
    public async Task What_neither_says_is_missing_still() =>
        (await CommandLine.Run("run", "--config", home.Write("node.json", "{ }"))).IsMistake(
            ExitCode.Misused, "'ledger run' needs --genesis FILE", "see: ledger run --help");

    private ParseResult Parse(string file, params string[] typed)
    {
        string[] words = ["run", "--config", home.Write("node.json", file), .. typed];
        var commands = Program.Commands(Terminal.OfProcess());
        var parsed = commands.Parse(RunConfig.Expand(commands.Parse(words), words));
        Assert.That(Misuse.Find(parsed)?.Message, Is.Null);
        return parsed;
    }
}

using System.CommandLine;
using Ledger.Node.Cli;
using Ledger.Node.Tests.Learning;

namespace Ledger.Node.Tests.Cli;

/// <summary>The file that describes a training task: what is written reads, and mistakes are named.</summary>
internal sealed class TaskFileTests
{
    private static readonly TaskOptions Options = new();

    [Test]
    public void What_task_new_writes_reads_as_what_was_given()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("task.json", Page("--data=digits", "--label=label", "--rounds=7", "--reward=55",
            "--rule=arc+nnm+mean", "--learning-rate=0.125", "--update-format=top-10%"));

        var read = TaskFile.Read(file, Options);

        Assert.That(read.GetValue(Options.Rounds), Is.EqualTo(7));
        Assert.That(read.GetValue(Options.Reward), Is.EqualTo(55));
        Assert.That(read.GetValue(Options.Rule), Is.EqualTo("arc+nnm+mean"));
        Assert.That(read.GetValue(Options.LearningRate), Is.EqualTo(0.125));
        Assert.That(read.GetValue(Options.BatchSize), Is.Null);
        var (first, second) = (Options.Draft(read, "digits", 4), Options.Draft(Parsed("--data=digits", "--label=label",
            "--rounds=7", "--reward=55", "--rule=arc+nnm+mean", "--learning-rate=0.125", "--update-format=top-10%"),
            "digits", 4));
        Assert.That(first.Build(default).Task, Is.EqualTo(second.Build(default).Task));
    }

    [Test]
    public void Every_key_is_explained()
    {
        var page = Page("--data=digits");
        foreach (var option in Options.All)
            Assert.That(page, Does.Contain($"// {option.Description}\n").And.Contain($"\"{option.Name[2..]}\": "));
    }

    [TestCase("{ \"data\": \"digits\", \"roundz\": 3 }", "unknown key 'roundz'", "did you mean 'rounds'?")]
    [TestCase("{ \"data\": \"digits\", \"rounds\": \"many\" }", "'many' is no value for rounds", "task new")]
    [TestCase("{ \"data\": \"digits\", \"rounds\": 3, \"rounds\": 4 }", "a key is there twice", "task new")]
    [TestCase("{ \"data\": \"digits\", \"rounds\": [3] }", "'[3]' is no value for rounds", "task new")]
    [TestCase("{ \"data\": ", "not JSON", "task new")]
    [TestCase("[]", "not a JSON object", "task new")]
    public void A_mistake_is_named_with_the_way_out(string text, string message, string hint)
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("task.json", text);

        Assert.That(() => TaskFile.Read(file, Options), Throws.TypeOf<OperatorException>()
            .With.Message.Contain(message).And.Property("Hint").Contain(hint));
    }

    [Test]
    public void Paths_are_seen_from_the_folder_of_the_file()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("task.json", "{ \"data\": \"a.csv, b.csv\" }");

        Assert.That(TaskFile.Read(file, Options).GetValue(Options.Data),
            Is.EqualTo($"{folder.Path}/a.csv,{folder.Path}/b.csv"));
    }

    private static string Page(params string[] words) => TaskFile.Write(Options, Parsed(words));

    private static ParseResult Parsed(params string[] words)
    {
        var command = new Command("task");
        Options.AddTo(command);
        return command.Parse(words);
    }
}

using System.Text.Json;
using Ledger.Consensus.State;
using Ledger.Node.Logging;
using Ledger.Node.Tests.Cli;
using Serilog.Events;

namespace Ledger.Node.Tests.Logging;

/// <summary>What a node logs, as the files of <c>--log-file</c> have it.</summary>
[NonParallelizable]
public sealed class LogTests
{
    private static readonly LogOptions Json = LogOptions.Usual with { Json = true };

    private TemporaryHome home = null!;

    [SetUp]
    public void MakeHome() => home = new();

    [TearDown]
    public void LogAsUsual()
    {
        Log.Begin(LogOptions.Usual);
        home.Dispose();
    }

    [Test]
    public void An_event_is_a_line_for_people()
    {
        var lines = Logged(LogOptions.Usual, () =>
        {
            Log.Committed(7, 1, 2, 3);
            Log.Refused("Stake", Rejection.FeeTooLow);
        });
        Assert.That(lines, Has.Length.EqualTo(2));
        Assert.That(lines[0], Does.Match(
            @"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} committed height 7 in round 1: 2 transactions, 3 closings$"));
        Assert.That(lines[1], Does.EndWith(" warning: our Stake was refused: FeeTooLow"));
    }

    [Test]
    public void An_event_is_an_object_for_programs()
    {
        var line = JsonDocument.Parse(Logged(Json, () => Log.Committed(7, 1, 2, 3)).Single()).RootElement;
        Assert.Multiple(() =>
        {
            Assert.That(line.GetProperty("event").GetString(), Is.EqualTo("Committed"));
            Assert.That(line.GetProperty("level").GetString(), Is.EqualTo("info"));
            Assert.That(line.GetProperty("height").GetUInt64(), Is.EqualTo(7));
            Assert.That(line.GetProperty("closings").GetInt32(), Is.EqualTo(3));
            Assert.That(line.GetProperty("message").GetString(), Does.StartWith("committed height 7 in round 1"));
            Assert.That(line.GetProperty("time").GetDateTimeOffset(),
                Is.EqualTo(TimeProvider.System.GetUtcNow()).Within(TimeSpan.FromMinutes(1)));
        });
    }

    [Test]
    public void A_name_from_outside_cannot_forge_a_line()
    {
        const string Forged = "digits\n2026-01-01 00:00:00.000 committed height 9\u001b[2J";
        Assert.That(Logged(LogOptions.Usual, () => Log.Unusable(Forged, "no")), Has.Length.EqualTo(1));
        var json = Logged(Json, () => Log.Unusable(Forged, "no"));
        Assert.That(json, Has.Length.EqualTo(1));
        Assert.That(json[0].Any(char.IsControl), Is.False);
        Assert.That(JsonDocument.Parse(json[0]).RootElement.GetProperty("task").GetString(), Is.EqualTo(Forged));
    }

    [Test]
    public void The_level_changes_while_the_log_is_open()
    {
        var lines = Logged(LogOptions.Usual, () =>
        {
            Log.Fetched(Some.Digest(1), 10);
            Log.Level = LogEventLevel.Debug;
            Log.Fetched(Some.Digest(1), 20);
            Log.Level = LogEventLevel.Error;
            Log.PeerUp("peer", "here");
        });
        Assert.That(lines, Has.Length.EqualTo(1));
        Assert.That(lines[0], Does.Contain(" debug: fetched blob ").And.EndWith(" 20 bytes"));
    }

    [Test]
    public void Files_are_bounded_in_size_and_number()
    {
        const int Bytes = 4_096, Events = 2_000;
        var file = home.File("log");
        Log.Begin(new(LogEventLevel.Information, Json: false, file) { FileBytes = Bytes });
        for (var height = 1UL; height <= Events; height++)
            Log.Committed(height, 0, 0, 0);
        Log.Begin(LogOptions.Usual);

        var files = Directory.GetFiles(home.Path);
        Assert.That(files, Has.Length.EqualTo(LogLimits.Files));
        Assert.That(files.Select(each => new FileInfo(each).Length), Is.All.LessThan(Bytes + 200));
        Assert.That(files.SelectMany(File.ReadAllLines), Has.Some.Contains($"height {Events} "), "the newest is kept");
    }

    [Test]
    public void A_file_that_cannot_be_written_is_a_mistake_and_not_silence() =>
        Assert.That(() => Log.Begin(LogOptions.Usual with { File = home.File("none/log") }),
            Throws.TypeOf<OperatorException>().With.Message.StartWith("cannot write the log '"));

    private string[] Logged(LogOptions options, Action act)
    {
        var file = home.File($"{Guid.NewGuid():N}");
        Log.Begin(options with { File = file });
        act();
        Log.Begin(LogOptions.Usual);
        return File.ReadAllLines(file);
    }
}

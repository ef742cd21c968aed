using System.CommandLine;
using System.Text.RegularExpressions;
using Ledger.Node.Cli;
using Ledger.Node.Tests.Tidy;

namespace Ledger.Node.Tests.Packaging;

/// <summary>What the package installs is what the program takes, and removing it takes nothing that nobody can make
/// again.</summary>
public sealed partial class PackageTests
{
    private const string Home = "/var/lib/ledger";

    private static readonly string Unit = Read("debian/ledger.service");

    [Test]
    public void The_service_runs_a_command_line_that_the_program_takes()
    {
        var words = Setting("ExecStart").Split(' ');
        Assert.That(words[0], Is.EqualTo("/usr/bin/ledger"));
        Assert.That(words[^1], Is.EqualTo("/etc/ledger/ledger.json"));

        var run = AssertRuns([.. words[1..^1], SourceTree.Absolute(".build/debian/ledger.json")]);

        Assert.That(run.GetValue<string>("--home"), Is.EqualTo(Home));
        Assert.That(run.GetValue<string>("--listen"), Is.EqualTo("0.0.0.0:9470"));
        Assert.That(Setting("StateDirectory"), Is.EqualTo(Path.GetFileName(Home)));
    }

    [Test]
    public void An_option_that_the_program_does_not_have_would_be_found() =>
        Assert.That(() => AssertRuns(["run", "--genesis", "g.json", "--lisen", "0.0.0.0:9470"]),
            Throws.TypeOf<AssertionException>().With.Message.Contains("unknown option '--lisen'"));

    [Test]
    public void The_image_runs_a_command_line_that_the_program_takes()
    {
        var image = Read("Dockerfile");
        Assert.That(Words(image, "ENTRYPOINT "), Is.EqualTo(new[] { "ledger" }));
        AssertRuns(Words(image, "CMD "));
    }

    [Test]
    public void The_four_containers_are_the_four_validators_of_the_testnet()
    {
        var compose = Read("compose.yaml");
        var shared = Words(compose, "entrypoint:\n    ");
        var own = Commands().Matches(compose).Select(match => Strings(match.Groups[1].Value)).ToList();

        Assert.That(own.Select(words => words[^1]), Is.EqualTo(new[] { "0", "1", "2", "3" }));
        foreach (var words in own)
            AssertRuns([.. shared[1..], .. words]);
        Assert.That(shared.Where(word => word.Contains('@')).Select(word => word.Split('@')[0]),
            Is.EqualTo(DevNetwork.Participants().Select(each => each.Peer.Split('@')[0])));
        Assert.That(shared.Where(word => word.Contains('@')).Select(word => word.Split('@', ':')[1]),
            Is.EqualTo(Addresses().Matches(compose).Select(match => match.Groups[1].Value)));
    }

    [Test]
    public void A_purge_leaves_what_nobody_else_has_and_names_it()
    {
        using var home = new Cli.TemporaryHome();
        foreach (var name in (string[])["key.json", "guard", "shards", "chain", "votes.log", "peers", "owner"])
            home.Write(name, "");

        var (code, _, told) = Purge(home.Path);

        Assert.That(code, Is.Zero, told);
        Assert.That(Directory.GetFileSystemEntries(home.Path).Select(Path.GetFileName),
            Is.EquivalentTo(new[] { "key.json", "guard", "shards" }));
        Assert.That(told, Does.Contain($"{home.Path}/key.json\n").And.Contain($"{home.Path}/guard\n")
            .And.Contain($"rm -r {home.Path}"));
    }

    [Test]
    public void A_purge_without_a_key_leaves_nothing()
    {
        using var parent = new Cli.TemporaryHome();
        Directory.CreateDirectory(parent.File("home/chain"));
        Assert.That(Purge(parent.File("home")), Is.EqualTo((0, "", "")));
        Assert.That(Directory.Exists(parent.File("home")), Is.False);
    }

    [TestCase("postinst"), TestCase("prerm"), TestCase("postrm"), TestCase("../package")]
    public void Each_script_is_one(string name) =>
        Assert.That(Shell.Run("sh", "-n", SourceTree.Absolute($".build/debian/{name}")), Is.EqualTo((0, "", "")));

    // The script of the package, with another home, another /etc and no service manager.
    private static (int Code, string Output, string Error) Purge(string home)
    {
        using var folder = new Cli.TemporaryHome();
        foreach (var program in (string[])["deb-systemd-helper", "systemctl", "deluser"])
            File.SetUnixFileMode(
                folder.Write(program, "#!/bin/sh\n"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var script = Read("debian/postrm").Replace(Home, home, StringComparison.Ordinal)
            .Replace("/etc/ledger", folder.File("etc"), StringComparison.Ordinal)
            .Replace("set -e", $"set -e\nPATH={folder.Path}:$PATH", StringComparison.Ordinal);
        return Shell.Run("sh", folder.Write("postrm", script), "purge");
    }

    private static ParseResult AssertRuns(string[] words)
    {
        var commands = Program.Commands(Terminal.OfProcess());
        var parsed = commands.Parse(RunConfig.Expand(commands.Parse(words), words));
        Assert.That(Misuse.Find(parsed)?.Message, Is.Null, string.Join(' ', words));
        Assert.That(parsed.CommandResult.Command.Name, Is.EqualTo("run"));
        return parsed;
    }

    private static string Read(string path) => File.ReadAllText(SourceTree.Absolute($".build/{path}"));

    private static string Setting(string name) =>
        Unit.Split('\n').Single(line => line.StartsWith($"{name}=", StringComparison.Ordinal))[(name.Length + 1)..];

    // The strings in the brackets after a word.
    private static string[] Words(string text, string after) => Strings(text.Split($"{after}[")[1].Split(']')[0]);

    private static string[] Strings(string list) => [.. Quoted().Matches(list).Select(match => match.Groups[1].Value)];

    [GeneratedRegex("\"([^\"]*)\"")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"command: \[(.*)\]")]
    private static partial Regex Commands();

    [GeneratedRegex(@"ipv4_address: ([\d.]+)")]
    private static partial Regex Addresses();
}

using System.Text;
using System.Text.RegularExpressions;

namespace Ledger.Node.Tests.Tidy;

/// <summary>What git keeps: few names at the top, no large files, nothing about the machines it was made on.</summary>
public partial class RepositoryTests
{
    private const int MaxBytes = 1 << 20;

    private static readonly string[] TopLevel =
        ["Node", "Consensus", "Learning", "Node.Tests", "genesis.json", "Ledger.sln", "README.md", "LICENSE"];

    private string[] tracked = [];

    [OneTimeSetUp]
    public void ListFiles()
    {
        if (!SourceTree.IsRepository)
            Assert.Ignore("these are sources without their git repository");
        tracked = [.. SourceTree.Tracked().Where(path => File.Exists(SourceTree.Absolute(path)))];
        Assert.That(tracked, Has.Member("Ledger.sln"));
    }

    [Test]
    public void The_top_level_holds_only_what_the_design_names() => Assert.That(Strangers(tracked), Is.Empty);

    [Test]
    public void A_stranger_at_the_top_level_is_found() =>
        Assert.That(Strangers([".ci/run", "LICENSE", "Node/A.cs", "docs/a.md", "notes.txt"]),
            Is.EqualTo(new[] { "docs", "notes.txt" }));

    [Test]
    public void No_file_is_larger_than_a_mebibyte() =>
        Assert.That(tracked.Where(path => new FileInfo(SourceTree.Absolute(path)).Length > MaxBytes), Is.Empty);

    [Test]
    public void No_file_names_a_machine() =>
        Assert.That(tracked.SelectMany(path => Machines(path, Read(path))), Is.Empty);

    // In two parts, so that this file does not name what it forbids.
    [TestCase("see /ho" + "me/ada/ledger")]
    [TestCase("cd /wo" + "rk/main")]
    [TestCase("C:\\Us" + "ers\\ada")]
    [TestCase("https://api.nu" + "get.org/v3/index.json")]
    [TestCase("http://reg" + "istry.example.com/npm")]
    [TestCase("deb http://deb.deb" + "ian.org bookworm")]
    public void A_machine_is_found(string text) => Assert.That(Machines("a.md", text).Count(), Is.EqualTo(1));

    [TestCase("Network/work/round.cs")]
    [TestCase("--home /var/lib/ledger")]
    [TestCase("https://learn.microsoft.com/dotnet/core/install")]
    public void Ordinary_text_names_no_machine(string text) => Assert.That(Machines("a.md", text), Is.Empty);

    private static IEnumerable<string> Strangers(IEnumerable<string> paths) =>
        paths.Select(path => path.Split('/')[0]).Distinct().Where(name => name[0] != '.' && !TopLevel.Contains(name));

    private static string Read(string path) => File.ReadAllText(SourceTree.Absolute(path), Encoding.Latin1);

    private static IEnumerable<string> Machines(string path, string text) =>
        Machine().Matches(text).Select(match => $"{path}: '{match.Value}'");

    [GeneratedRegex(@"(?<![\w.\-/])/(home|work|root|Users)/\w+|[A-Z]:\\Users\b"
        + @"|https?://[^\s/]*(nuget|npmjs|pypi|registry|artifactory|debian)\b[^\s/]*")]
    private static partial Regex Machine();
}

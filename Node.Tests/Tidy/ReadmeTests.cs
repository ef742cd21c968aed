using System.Text.RegularExpressions;

namespace Ledger.Node.Tests.Tidy;

/// <summary>The Chinese README says what the English one says, as far as a machine can tell.</summary>
public sealed partial class ReadmeTests
{
    private static readonly string English = Read("README.md"), Chinese = Read(".README.zh.md");

    [Test]
    public void Both_give_the_same_commands_in_the_same_blocks()
    {
        Assert.That(Commands(English), Has.Count.GreaterThan(8));
        Assert.That(Commands(Chinese), Is.EqualTo(Commands(English)));
    }

    [Test]
    public void Both_show_the_same_figures() =>
        Assert.That(Blocks(Chinese).Where(IsOutput), Is.EqualTo(Blocks(English).Where(IsOutput)));

    [Test]
    public void Both_lead_to_the_same_places_and_to_each_other()
    {
        Assert.That(Links(Chinese).Except(["README.md"]), Is.EquivalentTo(Links(English).Except([".README.zh.md"])));
        Assert.That(English.Split('\n').Take(5), Has.Some.Contains("(.README.zh.md)"));
        Assert.That(Chinese.Split('\n').Take(5), Has.Some.Contains("(README.md)"));
        Assert.That(Links(Chinese).Where(link => !link.StartsWith("http", StringComparison.Ordinal))
            .Where(link => !File.Exists(SourceTree.Absolute(link.Split('#')[0]))), Is.Empty);
    }

    [Test]
    public void Both_have_the_same_sections() =>
        Assert.That(Headings().Count(Chinese), Is.EqualTo(Headings().Count(English)).And.GreaterThan(5));

    [Test]
    public void A_command_that_one_lacks_would_be_found() =>
        Assert.That(Commands(English.Replace("ledger faucet", "ledger fauset", StringComparison.Ordinal)),
            Is.Not.EqualTo(Commands(English)));

    private static string Read(string path) => File.ReadAllText(SourceTree.Absolute(path));

    private static bool IsOutput(string block) => !block.StartsWith("sh\n", StringComparison.Ordinal);

    private static List<string> Blocks(string text) =>
        [.. Fenced().Matches(text).Select(match => match.Groups[1].Value)];

    // What is behind a hash is for people, in their language.
    private static List<string> Commands(string text) =>
    [
        .. Blocks(text).Where(block => !IsOutput(block)).Select(block =>
            string.Join('\n', block.Split('\n').Select(line => line.Split(" # ")[0].TrimEnd()))),
    ];

    private static IEnumerable<string> Links(string text) =>
        Link().Matches(text).Select(match => match.Groups[1].Value);

    [GeneratedRegex("```(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Fenced();

    [GeneratedRegex(@"\]\(([^)]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("^## ", RegexOptions.Multiline)]
    private static partial Regex Headings();
}

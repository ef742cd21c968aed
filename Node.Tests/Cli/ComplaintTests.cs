using System.Text.RegularExpressions;
using Ledger.Node.Tests.Tidy;

namespace Ledger.Node.Tests.Cli;

/// <summary>Node/Complaints.md names tests that there are, and says 'no' where there is none.</summary>
public sealed partial class ComplaintTests
{
    private static readonly string[][] Rows =
    [
        .. File.ReadLines(SourceTree.Absolute("Node/Complaints.md"))
            .Where(line => Numbered().IsMatch(line)).Select(line => line.Trim('|').Split(" | ")),
    ];

    private static readonly HashSet<string> Tests =
        [.. typeof(ComplaintTests).Assembly.GetTypes().SelectMany(type => type.GetMethods()).Select(each => each.Name)];

    [Test]
    public void Every_test_that_a_row_names_exists() =>
        Assert.That(Rows.SelectMany(row => Named().Matches(row[3])).Select(match => match.Groups[1].Value)
            .Where(name => !Tests.Contains(name)), Is.Empty);

    [Test]
    public void A_row_has_a_test_or_says_no() =>
        Assert.That(Rows.Where(row => !Named().IsMatch(row[3]) && !row[2].Contains("**no**", StringComparison.Ordinal)),
            Is.Empty);

    [Test]
    public void The_rows_are_forty_in_their_order() =>
        Assert.That(Rows.Select(row => row[0].Trim()), Is.EqualTo(Enumerable.Range(1, 40).Select(i => $"{i}")));

    [GeneratedRegex("^\\| [0-9]+ \\|")]
    private static partial Regex Numbered();

    [GeneratedRegex("`([A-Z][A-Za-z0-9_]+)`")]
    private static partial Regex Named();
}

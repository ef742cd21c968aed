using System.Text.RegularExpressions;
using Ledger.Node.Tests.Tidy;

namespace Ledger.Node.Tests.Cli;

/// <summary>The errors that Node/README.md explains are those that the program has, word for word.</summary>
public sealed partial class ErrorCatalogueTests
{
    // Less would be found anywhere.
    private const int ShortestFragment = 5;

    private static readonly string[] Sources =
        [.. SourceTree.Files.Where(file => !file.IsTest).Select(file => Joined(file.Root.ToFullString()))];

    private static readonly string[][] Rows = ReadRows();

    [Test]
    public void Every_message_in_the_catalogue_is_one_that_the_program_has() =>
        Assert.That(Rows.SelectMany(row => Quoted().Matches(row[0])).Select(match => match.Groups[1].Value)
            .Where(message => !IsInCode(message)), Is.Empty);

    [Test]
    public void Every_row_has_a_cause_and_a_next_step() =>
        Assert.That(Rows.Where(row => row[1].Length == 0 || row[2].Length == 0), Is.Empty);

    [Test]
    public async Task Every_command_that_it_tells_to_type_exists()
    {
        var commands = Rows.SelectMany(row => Typed().Matches(row[2]))
            .Select(match => match.Groups[1].Value).Distinct().ToList();
        Assert.That(commands, Has.Count.GreaterThan(10));
        foreach (var command in commands)
            Assert.That((await CommandLine.Run([.. command.Split(' '), "--help"])).Output,
                Does.Match($@"Usage:\s+\S+ {command} "), command);
    }

    [Test]
    public void A_message_that_the_program_does_not_have_would_be_found() => Assert.Multiple(() =>
    {
        Assert.That(Rows, Has.Length.GreaterThan(25));
        Assert.That(IsInCode("the flux capacitor '…' is empty"), Is.False);
        Assert.That(IsInCode("home directory '…' is on fire"), Is.False);
    });

    // What stands for a value is an ellipsis; the words around it are in one file, in one piece each.
    private static bool IsInCode(string message)
    {
        var fragments = message.Split('…').Where(part => part.Trim().Length >= ShortestFragment).ToArray();
        return fragments.Length > 0
            && Array.Exists(Sources, source => Array.TrueForAll(fragments, source.Contains));
    }

    private static string Joined(string source) => Seam().Replace(source, "");

    private static string[][] ReadRows() =>
    [
        .. File.ReadAllText(SourceTree.Absolute("Node/README.md")).Split("## When something is wrong")[1]
            .Split("\n## ")[0].Split('\n')
            .Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Skip(1)
            .Where(line => !line.StartsWith("| **", StringComparison.Ordinal))
            .Select(line => line.Trim('|', ' ').Split(" | ")),
    ];

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"`ledger ([a-z]+(?: [a-z]+)?)")]
    private static partial Regex Typed();

    // A text that was too long for its line.
    [GeneratedRegex("\"\\s*\\+\\s*\\$?\"")]
    private static partial Regex Seam();
}

namespace Ledger.Node.Tests.Tidy;

/// <summary>The style of the house, executable: each rule holds in the whole tree, and is seen to fail.</summary>
public class TidyTests
{
    private static readonly Rule[] Rules =
        [.. SizeRules.All, .. NameRules.All, .. HabitRules.All, .. PurityRules.All, .. LayerRules.All];

    [TestCaseSource(nameof(Rules))]
    public void The_tree_keeps_the_rule(object rule) =>
        AssertClean(SourceTree.Files.SelectMany(((Rule)rule).Check));

    [TestCaseSource(nameof(Rules))]
    public void A_planted_violation_is_found(object rule)
    {
        var (name, check, path, text) = (Rule)rule;
        Assert.That(check(new(path, text)).Count(), Is.EqualTo(1), name);
    }

    [Test]
    public void The_tree_is_read() =>
        Assert.That(SourceTree.Files.Select(file => file.Path), Has.Member("Node/Storage/RocksDb.cs"));

    internal static void AssertClean(IEnumerable<string> violations) =>
        Assert.That(string.Join('\n', violations.Order(StringComparer.Ordinal)), Is.Empty);
}

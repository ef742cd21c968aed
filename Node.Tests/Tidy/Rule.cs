namespace Ledger.Node.Tests.Tidy;

/// <summary>One rule of the house: what it asks, how it looks at a file, and a file that breaks it.</summary>
/// <param name="Name">What the rule asks, as a sentence.</param>
/// <param name="Check">The violations in a file, each with its place.</param>
/// <param name="PlantedPath">Where the planted violation would be.</param>
/// <param name="PlantedText">A file with exactly one violation, which proves that the rule can fail.</param>
internal sealed record Rule(
    string Name, Func<SourceFile, IEnumerable<string>> Check, string PlantedPath, string PlantedText)
{
    public override string ToString() => Name;
}

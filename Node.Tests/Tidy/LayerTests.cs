using System.Xml.Linq;

namespace Ledger.Node.Tests.Tidy;

/// <summary>The references between projects; those between folders are in <see cref="LayerRules"/>.</summary>
public class LayerTests
{
    [TestCase("Consensus")]
    [TestCase("Learning")]
    public void A_leaf_references_no_other_project(string project) =>
        Assert.That(References(File.ReadAllText(SourceTree.Absolute($"{project}/{project}.csproj"))), Is.Empty);

    [Test]
    public void Node_references_both_leaves() =>
        Assert.That(References(File.ReadAllText(SourceTree.Absolute("Node/Node.csproj"))),
            Is.EqualTo(new[] { "../Consensus/Consensus.csproj", "../Learning/Learning.csproj" }));

    [Test]
    public void A_planted_reference_is_found() =>
        Assert.That(References("<Project><ProjectReference Include='../Node/Node.csproj' /></Project>"), Is.Not.Empty);

    private static IEnumerable<string> References(string project) =>
        from reference in XDocument.Parse(project).Descendants("ProjectReference")
        select reference.Attribute("Include")!.Value;
}

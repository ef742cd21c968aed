namespace Ledger.Node.Tests.Tidy;

/// <summary>Rules that no single file can break.</summary>
public class TreeTests
{
    [Test]
    public void Nothing_is_declared_that_nobody_uses() => TidyTests.AssertClean(DeadCode.Find(SourceTree.Files));

    [TestCase("class A { private int lonely; }", "'A'", "'lonely'")]
    [TestCase("public class A { internal void Lonely() { } }", "'Lonely'")]
    [TestCase("public class A { [LibraryImport(L)] internal static partial void lonely(); }", "'lonely'")]
    [TestCase("public class A { public void Library() { } }")]
    [TestCase("public class A { private int used; public int M() => used; }")]
    [TestCase("public class A { [Test] void CalledByAttribute() { } protected override void CalledByBase() { } }")]
    [TestCase("static class Extensions { internal static int Twice(this int x) => 2.Twice(); }")]
    public void Dead_code_is_found(string text, params string[] names)
    {
        var dead = DeadCode.Find([new("Node/A.cs", text)]).Select(line => line.Split(' ')[^1]);
        Assert.That(dead, Is.EquivalentTo(names));
    }

    [Test]
    public void A_use_in_another_file_counts() =>
        Assert.That(DeadCode.Find([
            new("Node/A.cs", "public class A { internal static int Shared => 1; }"),
            new("Node/B.cs", "public class B { public int M() => A.Shared; }")]), Is.Empty);

    [Test]
    public void No_interface_stands_for_one_class() => TidyTests.AssertClean(Interfaces.FindNeedless(SourceTree.Files));

    [TestCase("interface IA; class A : IA;", 1)]
    [TestCase("interface IA;", 1)]
    [TestCase("interface IA<T>; class A : IA<int>; class B : X.IA<int>;", 0)]
    public void A_needless_interface_is_found(string text, int count) =>
        Assert.That(Interfaces.FindNeedless([new("Node/A.cs", text)]).Count(), Is.EqualTo(count));
}

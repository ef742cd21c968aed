using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ledger.Node.Tests.Tidy;

/// <summary>Habits that hide trouble.</summary>
internal static partial class HabitRules
{
    // Boundaries where whatever is thrown ends: each converts it to a counter or a line, never drops it.
    private static readonly string[] CatchAllBoundaries = [];

    internal static readonly Rule[] All =
    [
        new("Exceptions are caught by name", CatchAlls, "Node/A.cs",
            "class A { void M() { try { } catch (Exception) { } } }"),
        new("A bare catch is a catch-all too", CatchAlls, "Node/A.cs", "class A { void M() { try { } catch { } } }"),
        new("No regions", Regions, "Node/A.cs", "#region A\n#endregion"),
        new("No notes about work not done", OpenNotes, "Node/A.cs", "// TODO: later"),
        new("No async void", AsyncVoid, "Node/A.cs", "class A { async void M() { } }"),
        new("Tests do not sleep", Sleeps, "Node.Tests/A.cs", "class A { void M() => Thread.Sleep(1); }"),
        new("Only the host reads the clock", ClockReads, "Node/Cli/A.cs",
            "class A { DateTime M() => DateTime.UtcNow; }"),
    ];

    // A filter names what it takes.
    private static IEnumerable<string> CatchAlls(SourceFile file) =>
        from clause in file.Nodes<CatchClauseSyntax>()
        where clause.Filter is null && !CatchAllBoundaries.Contains(file.Path)
            && clause.Declaration?.Type.ToString() is null or "Exception" or "System.Exception"
        select file.At(clause, "catches everything");

    private static IEnumerable<string> Regions(SourceFile file) =>
        from trivia in file.Root.DescendantTrivia()
        where trivia.IsKind(SyntaxKind.RegionDirectiveTrivia)
        select file.At(trivia.GetLocation(), "a region hides what should be a type");

    private static IEnumerable<string> OpenNotes(SourceFile file) =>
        from trivia in file.Root.DescendantTrivia()
        where OpenNote().IsMatch(trivia.ToFullString())
        select file.At(trivia.GetLocation(), "do it, or leave it out");

    private static IEnumerable<string> AsyncVoid(SourceFile file) =>
        from method in file.Nodes<MethodDeclarationSyntax>()
        where method.Modifiers.Any(SyntaxKind.AsyncKeyword) && method.ReturnType.ToString() == "void"
        select file.At(method, "nobody can await or catch this");

    private static IEnumerable<string> Sleeps(SourceFile file) =>
        from access in file.Nodes<MemberAccessExpressionSyntax>()
        where file.IsTest && access.ToString().EndsWith("Thread.Sleep", StringComparison.Ordinal)
        select file.At(access, "wait for the event, or move virtual time");

    private static IEnumerable<string> ClockReads(SourceFile file) =>
        from access in file.Nodes<MemberAccessExpressionSyntax>()
        where !file.IsIn("Node/Host") && ClockRead().IsMatch(access.ToString())
        select file.At(access, "time is an argument");

    [GeneratedRegex(@"\b(TODO|FIXME|HACK|XXX)\b")]
    private static partial Regex OpenNote();

    [GeneratedRegex(@"^(System\.)?(DateTime|DateTimeOffset)\.(Now|UtcNow|Today)$")]
    private static partial Regex ClockRead();
}

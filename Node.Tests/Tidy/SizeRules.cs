using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ledger.Node.Tests.Tidy;

/// <summary>Bounds on what a reader has to hold in mind at once.</summary>
internal static class SizeRules
{
    private const int MaxFileLines = 400;
    private const int MaxMethodLines = 60;
    private const int MaxColumns = 120;

    internal static readonly Rule[] All =
    [
        new("Files are at most 400 lines", LongFiles, "Node/A.cs", new string('\n', MaxFileLines) + "class A;"),
        new("Methods are at most 60 lines", LongMethods, "Node/A.cs",
            "class A { void M()\n{" + new string('\n', MaxMethodLines - 1) + "} }"),
        new("Lines are at most 120 columns", LongLines, "Node/A.cs", "// " + new string('x', MaxColumns - 2)),
    ];

    private static IEnumerable<string> LongFiles(SourceFile file)
    {
        if (file.Lines.Length > MaxFileLines)
            yield return $"{file.Path}:1: {file.Lines.Length} lines";
    }

    // Local functions count within the method that holds them.
    private static IEnumerable<string> LongMethods(SourceFile file) =>
        from node in file.Root.DescendantNodes()
        where node is BaseMethodDeclarationSyntax or BasePropertyDeclarationSyntax
        let lines = Height(node)
        where lines > MaxMethodLines
        select file.At(node, $"{lines} lines");

    private static IEnumerable<string> LongLines(SourceFile file) =>
        from line in file.Lines.Index()
        where line.Item.Length > MaxColumns
        select $"{file.Path}:{line.Index + 1}: {line.Item.Length} columns";

    private static int Height(SyntaxNode node)
    {
        var span = node.GetLocation().GetLineSpan();
        return span.EndLinePosition.Line - span.StartLinePosition.Line + 1;
    }
}

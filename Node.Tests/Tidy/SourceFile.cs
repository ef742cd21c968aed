using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ledger.Node.Tests.Tidy;

/// <summary>A C# file as the rules see it: where it is, what it says, and its syntax.</summary>
internal sealed class SourceFile(string path, string text)
{
    private readonly Lazy<CompilationUnitSyntax> root = new(() =>
        CSharpSyntaxTree.ParseText(text, new CSharpParseOptions(LanguageVersion.Preview)).GetCompilationUnitRoot());

    /// <summary>Relative to the repository, with slashes.</summary>
    internal string Path { get; } = path;

    internal string[] Lines { get; } = text.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');

    internal CompilationUnitSyntax Root => root.Value;

    internal bool IsTest => Path.StartsWith("Node.Tests/", StringComparison.Ordinal);

    internal IEnumerable<T> Nodes<T>()
        where T : SyntaxNode => Root.DescendantNodes().OfType<T>();

    /// <summary>Everything of the form a.b, in types, imports and expressions; a.b.c holds a.b as well.</summary>
    internal IEnumerable<SyntaxNode> DottedNames() =>
        Root.DescendantNodes().Where(node => node is QualifiedNameSyntax or MemberAccessExpressionSyntax);

    internal bool IsIn(params string[] folders) =>
        Array.Exists(folders, folder => Path.StartsWith(folder + "/", StringComparison.Ordinal));

    internal string At(SyntaxNode node, string what) => At(node.GetLocation(), what);

    internal string At(SyntaxToken token, string what) => At(token.GetLocation(), what);

    internal string At(Location location, string what) =>
        $"{Path}:{location.GetLineSpan().StartLinePosition.Line + 1}: {what}";
}

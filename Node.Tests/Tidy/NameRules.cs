using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ledger.Node.Tests.Tidy;

/// <summary>Names say what a thing is, and files open with what they are.</summary>
internal static partial class NameRules
{
    internal static readonly Rule[] All =
    [
        new("Names say what a thing is", VagueNames, "Node/A.cs", "class PeerManager;"),
        new("Files open with what they are", MissingSummaries, "Node/A.cs", "internal class A;"),
        new("Namespaces are folders", MisplacedNamespaces, "Node/Storage/A.cs", "namespace Ledger.Node.Store;"),
    ];

    private static IEnumerable<string> VagueNames(SourceFile file)
    {
        foreach (var part in file.Path.Split('/'))
            if (Vague().IsMatch(part.Replace(".cs", "", StringComparison.Ordinal)))
                yield return $"{file.Path}:1: '{part}' does not say what it is";
        foreach (var type in file.Nodes<BaseTypeDeclarationSyntax>())
            if (Vague().IsMatch(type.Identifier.Text))
                yield return file.At(type.Identifier, $"'{type.Identifier.Text}' does not say what it is");
    }

    private static IEnumerable<string> MissingSummaries(SourceFile file)
    {
        var first = file.Root.DescendantNodes().FirstOrDefault(IsType);
        var opening = first?.GetLeadingTrivia().ToFullString() ?? "";
        if (first is not null && !file.IsTest && !opening.Contains("<summary>", StringComparison.Ordinal))
            yield return file.At(first, "the first type has no <summary>");
    }

    // The layers are checked by namespace, so a namespace must not lie about its folder.
    private static IEnumerable<string> MisplacedNamespaces(SourceFile file) =>
        from declaration in file.Nodes<BaseNamespaceDeclarationSyntax>()
        let folder = $"Ledger.{Path.GetDirectoryName(file.Path)!.Replace('/', '.')}"
        where !file.IsTest && declaration.Name.ToString() != folder
        select file.At(declaration, $"the namespace of this folder is {folder}");

    private static bool IsType(Microsoft.CodeAnalysis.SyntaxNode node) =>
        node is BaseTypeDeclarationSyntax or DelegateDeclarationSyntax;

    [GeneratedRegex("(Manager|Helpers?|Utils?|Impl|Service)$")]
    private static partial Regex Vague();
}

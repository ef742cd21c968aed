using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ledger.Node.Tests.Tidy;

/// <summary>
/// Names that are declared and never mentioned again, in the whole tree. The compiler sees only private members; an
/// internal one that lost its last caller stays for ever, unless somebody counts.
/// </summary>
internal static class DeadCode
{
    // Called by the language rather than by name.
    private static readonly string[] CalledByPattern =
        ["Main", "Deconstruct", "GetEnumerator", "Dispose", "DisposeAsync", "Add"];

    internal static IEnumerable<string> Find(IReadOnlyList<SourceFile> files)
    {
        var declared = files.Where(file => !file.IsTest).SelectMany(Declarations).ToArray();
        var declarations = declared.CountBy(each => each.Name.Text).ToDictionary();
        var mentions = files.SelectMany(Identifiers).CountBy(name => name).ToDictionary();
        return from each in declared
               where mentions[each.Name.Text] <= declarations[each.Name.Text]
               select each.File.At(each.Name, $"nothing uses '{each.Name.Text}'");
    }

    private static IEnumerable<string> Identifiers(SourceFile file) =>
        from token in file.Root.DescendantTokens()
        where token.IsKind(SyntaxKind.IdentifierToken)
        select token.Text;

    private static IEnumerable<(SourceFile File, SyntaxToken Name)> Declarations(SourceFile file) =>
        from member in file.Nodes<MemberDeclarationSyntax>()
        where !IsPublic(member) && !IsCalledFromElsewhere(member)
        from name in Names(member)
        where !CalledByPattern.Contains(name.Text)
        select (file, name);

    private static IEnumerable<SyntaxToken> Names(MemberDeclarationSyntax member) => member switch
    {
        MethodDeclarationSyntax method => [method.Identifier],
        PropertyDeclarationSyntax property => [property.Identifier],
        BaseFieldDeclarationSyntax field => field.Declaration.Variables.Select(variable => variable.Identifier),
        // The class of an extension method is never named.
        ClassDeclarationSyntax type when !HasExtensions(type) => [type.Identifier],
        ClassDeclarationSyntax => [],
        BaseTypeDeclarationSyntax type => [type.Identifier],
        _ => [],
    };

    // Another project may use it, and then the search in this tree says little.
    private static bool IsPublic(MemberDeclarationSyntax member) =>
        member.AncestorsAndSelf().OfType<MemberDeclarationSyntax>().All(each =>
            each is BaseNamespaceDeclarationSyntax || each.Modifiers.Any(SyntaxKind.PublicKeyword));

    private static bool IsCalledFromElsewhere(MemberDeclarationSyntax member) =>
        member.Modifiers.Any(SyntaxKind.OverrideKeyword)
        || HasForeignCaller(member)
        || MayImplement(member)
        || member is MethodDeclarationSyntax { ExplicitInterfaceSpecifier: not null }
            or PropertyDeclarationSyntax { ExplicitInterfaceSpecifier: not null };

    // An interface of the base class library calls by its own name.
    private static bool MayImplement(MemberDeclarationSyntax member) =>
        member.Modifiers.Any(SyntaxKind.PublicKeyword) && member.Parent is TypeDeclarationSyntax { BaseList: not null };

    // An attribute is a message to somebody who will call this, except on the binding of a C function.
    private static bool HasForeignCaller(MemberDeclarationSyntax member) =>
        member is not BaseTypeDeclarationSyntax
        && member.AttributeLists.SelectMany(list => list.Attributes)
            .Any(attribute => attribute.Name.ToString() != "LibraryImport");

    private static bool HasExtensions(ClassDeclarationSyntax type) =>
        type.Modifiers.Any(SyntaxKind.StaticKeyword)
        && type.DescendantNodes().Any(node => node is ExtensionBlockDeclarationSyntax
            || (node is ParameterSyntax parameter && parameter.Modifiers.Any(SyntaxKind.ThisKeyword)));
}

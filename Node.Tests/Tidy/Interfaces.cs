using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ledger.Node.Tests.Tidy;

/// <summary>Interfaces that stand for one class only: the class itself would do.</summary>
internal static class Interfaces
{
    internal static IEnumerable<string> FindNeedless(IReadOnlyList<SourceFile> files)
    {
        var implementations = files.SelectMany(BaseTypes).CountBy(name => name).ToDictionary();
        return from file in files
               from each in file.Nodes<InterfaceDeclarationSyntax>()
               let count = implementations.GetValueOrDefault(each.Identifier.Text)
               where count < 2
               select file.At(each.Identifier, $"'{each.Identifier.Text}' has {count} implementations");
    }

    private static IEnumerable<string> BaseTypes(SourceFile file) =>
        from type in file.Nodes<BaseTypeSyntax>()
        let name = type.Type is QualifiedNameSyntax qualified ? qualified.Right : type.Type
        where name is SimpleNameSyntax
        select ((SimpleNameSyntax)name).Identifier.Text;
}

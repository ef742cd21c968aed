using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ledger.Node.Tests.Tidy;

/// <summary>Who may use whom: chain and models do not know each other, and the chain is built in layers.</summary>
internal static class LayerRules
{
    // Each may use what is on its left; files beside the folders come before all of them.
    private static readonly string[] ConsensusLayers = ["Codec", "Crypto", "Tree", "Chain", "State", "Light", "Engine"];

    internal static readonly Rule[] All =
    [
        new("Consensus knows neither Learning nor Node", file => Knows(file, "Consensus", ["Learning", "Node"]),
            "Consensus/Chain/A.cs", "using Ledger.Learning.Data;"),
        new("Learning knows neither Consensus nor Node", file => Knows(file, "Learning", ["Consensus", "Node"]),
            "Learning/A.cs", "class A { Ledger.Consensus.Chain.Block x; }"),
        new("Consensus is built in layers", ImportsUpward, "Consensus/Codec/A.cs", "using Ledger.Consensus.Chain;"),
        new("A name relative to its namespace is a use too", ImportsUpward, "Consensus/Crypto/A.cs",
            "namespace Ledger.Consensus.Crypto; class A { Engine.Agreement x; }"),
        new("Every folder of Consensus is a layer", UnknownLayers, "Consensus/Misc/A.cs", ""),
    ];

    private static IEnumerable<string> Knows(SourceFile file, string project, string[] others) =>
        from name in file.DottedNames()
        where file.IsIn(project) && Array.Exists(others, other => name.ToString() == $"Ledger.{other}")
        select file.At(name, $"{project} must not know {name}");

    private static IEnumerable<string> ImportsUpward(SourceFile file)
    {
        if (!file.IsIn("Consensus"))
            return [];
        var above = ConsensusLayers[(LayerOf(file) + 1)..];
        return from name in file.DottedNames()
               let layer = LayerIn(name)
               where layer is not null && above.Contains(layer)
               select file.At(name, $"{layer} is above this layer");
    }

    private static IEnumerable<string> UnknownLayers(SourceFile file)
    {
        if (file.Path.Split('/') is ["Consensus", var folder, _, ..] && !ConsensusLayers.Contains(folder))
            yield return $"{file.Path}:1: say in LayerRules what '{folder}' may use";
    }

    private static int LayerOf(SourceFile file) => Array.IndexOf(ConsensusLayers, file.Path.Split('/')[1]);

    // Ledger.Consensus.Chain, or Chain.Block and Consensus.Chain as written inside Ledger.Consensus.
    private static string? LayerIn(SyntaxNode name) => name.ToString().Split('.') switch
    {
        ["Ledger", "Consensus", var layer] => layer,
        ["Consensus", var layer] when IsLeftmost(name) => layer,
        [var layer, _] when IsLeftmost(name) => layer,
        _ => null,
    };

    private static bool IsLeftmost(SyntaxNode name) => name switch
    {
        QualifiedNameSyntax qualified => qualified.Left is IdentifierNameSyntax,
        MemberAccessExpressionSyntax access => access.Expression is IdentifierNameSyntax,
        _ => false,
    };
}

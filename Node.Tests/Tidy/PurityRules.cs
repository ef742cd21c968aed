using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ledger.Node.Tests.Tidy;

/// <summary>What the pure folders do without: reals, locks, and whatever reaches outside.</summary>
internal static class PurityRules
{
    private static readonly string[] IntegerFolders = ["Consensus", "Learning/Aggregation"];
    private static readonly string[] SansIoFolders = ["Node/Transport", "Node/Overlay", "Node/Sync", "Node/Pool"];
    private static readonly string[] PureFolders = [.. IntegerFolders, .. SansIoFolders];

    private static readonly string[] OutsideNamespaces =
        ["System.Net.Sockets", "System.IO", "System.Threading", "System.Threading.Tasks", "System.Diagnostics"];

    // The SDK imports System.IO and System.Threading everywhere, so the types count and not only their namespaces.
    private static readonly HashSet<string> OutsideTypes =
    [
        "Socket", "UdpClient", "TcpClient", "TcpListener", "Dns",
        "File", "FileInfo", "FileStream", "Directory", "DirectoryInfo", "StreamReader", "StreamWriter", "Console",
        "Thread", "ThreadPool", "Task", "ValueTask", "Parallel", "Interlocked", "SemaphoreSlim", "Mutex", "Lock",
        "DateTime", "DateTimeOffset", "TimeProvider", "Stopwatch", "PeriodicTimer", "Environment",
        "Random", "RandomNumberGenerator", "Guid",
    ];

    internal static readonly Rule[] All =
    [
        new("Consensus and aggregation know no real numbers", Reals, "Consensus/A.cs", "class A { double x; }"),
        new("A real literal is a real number", Reals, "Learning/Aggregation/A.cs", "class A { object x = 1.5; }"),
        new("Pure folders know no threads", Threads, "Consensus/A.cs", "class A { void M() { lock (this) { } } }"),
        new("Pure folders do not wait", Threads, "Node/Sync/A.cs", "class A { async X M() => 1; }"),
        new("Protocol folders import nothing from outside", OutsideImports, "Node/Pool/A.cs",
            "using System.Net.Sockets;"),
        new("A full name is an import too", OutsideImports, "Node/Pool/A.cs",
            "class A { object x = System.IO.File.Open(p); }"),
        new("Protocol folders touch nothing outside", OutsideUses, "Node/Overlay/A.cs",
            "class A { object x = File.Open(p); }"),
    ];

    private static IEnumerable<string> Reals(SourceFile file) =>
        from token in file.Root.DescendantTokens()
        where file.IsIn(IntegerFolders)
            && (token.Kind() is SyntaxKind.FloatKeyword or SyntaxKind.DoubleKeyword or SyntaxKind.DecimalKeyword
                || token.Value is float or double or decimal)
        select file.At(token, $"'{token.Text}': only integers give everybody the same bits");

    private static IEnumerable<string> Threads(SourceFile file) =>
        from token in file.Root.DescendantTokens()
        where file.IsIn(PureFolders)
            && token.Kind() is SyntaxKind.LockKeyword or SyntaxKind.AsyncKeyword or SyntaxKind.AwaitKeyword
        select file.At(token, $"'{token.Text}': one loop in the host owns the state");

    private static IEnumerable<string> OutsideImports(SourceFile file) =>
        from name in file.DottedNames()
        where file.IsIn(SansIoFolders) && OutsideNamespaces.Contains(name.ToString()) && !IsAboutNullability(name)
        select file.At(name, $"{name} belongs to the host");

    // System.Diagnostics.CodeAnalysis only tells the compiler what a method promises.
    private static bool IsAboutNullability(SyntaxNode name) =>
        name.Ancestors().Any(outer => outer is QualifiedNameSyntax
            && outer.ToString().Contains("System.Diagnostics.CodeAnalysis", StringComparison.Ordinal));

    // The right side of a dot is a member of something else: `frame.File` is fine.
    private static IEnumerable<string> OutsideUses(SourceFile file) =>
        from name in file.Nodes<SimpleNameSyntax>()
        where file.IsIn(SansIoFolders) && OutsideTypes.Contains(name.Identifier.Text)
            && !(name.Parent is MemberAccessExpressionSyntax access && access.Name == name)
            && name.Parent is not (NameColonSyntax or NameEqualsSyntax)
        select file.At(name, $"{name.Identifier.Text} belongs to the host");
}

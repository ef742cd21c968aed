using System.Diagnostics;

namespace Ledger.Node.Tests.Tidy;

/// <summary>The repository that the tests were built from.</summary>
internal static class SourceTree
{
    private static readonly string[] Projects = ["Consensus", "Learning", "Node", "Node.Tests"];

    internal static string Root { get; } = FindRoot();

    /// <summary>All C# files of the four projects, committed or not.</summary>
    internal static IReadOnlyList<SourceFile> Files { get; } = [.. Projects.SelectMany(Read)];

    internal static bool IsRepository => System.IO.Path.Exists(Absolute(".git"));

    internal static string Absolute(string path) => Path.Combine(Root, path);

    /// <summary>The paths that git keeps.</summary>
    internal static string[] Tracked()
    {
        // The checkout may belong to somebody else, as in a container; reading its list of names is harmless.
        string[] arguments = ["-c", "safe.directory=*", "ls-files", "-z"];
        using var git = Process.Start(new ProcessStartInfo("git", arguments)
        {
            WorkingDirectory = Root,
            RedirectStandardOutput = true,
        })!;
        var names = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        Assert.That(git.ExitCode, Is.Zero, "git ls-files");
        return names.Split('\0', StringSplitOptions.RemoveEmptyEntries);
    }

    private static IEnumerable<SourceFile> Read(string project) =>
        from file in Directory.EnumerateFiles(Absolute(project), "*.cs", SearchOption.AllDirectories)
        let path = Path.GetRelativePath(Root, file).Replace('\\', '/')
        where !path.Split('/').Any(part => part is "bin" or "obj")
        orderby path
        select new SourceFile(path, File.ReadAllText(file));

    private static string FindRoot()
    {
        var directory = TestContext.CurrentContext.TestDirectory;
        while (!File.Exists(Path.Combine(directory, "Ledger.sln")))
            directory = Path.GetDirectoryName(directory)
                ?? throw new InvalidOperationException("the tests do not run below Ledger.sln");
        return directory;
    }
}

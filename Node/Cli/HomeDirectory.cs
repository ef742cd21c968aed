using System.CommandLine;

namespace Ledger.Node.Cli;

/// <summary>A node's directory: its key, its store and the socket of its API. Only its owner may enter.</summary>
internal sealed record HomeDirectory(string Path)
{
    internal string KeyFile => System.IO.Path.Combine(Path, "key.json");

    /// <summary>TorchScript files that tasks of this node name by their hash.</summary>
    internal string Models => System.IO.Path.Combine(Path, "models");

    /// <summary>From <c>--home</c>, else the environment, else the usual place.</summary>
    internal static HomeDirectory Of(ParseResult parsed)
    {
        var path = parsed.GetValue(SharedOptions.Home) ?? Environment.GetEnvironmentVariable("LEDGER_HOME");
        return new(System.IO.Path.GetFullPath(string.IsNullOrEmpty(path) ? DefaultPath() : path));
    }

    internal void Create()
    {
        if (File.Exists(Path))
            throw new OperatorException($"the home '{Path}' is a file", "name a directory with --home");
        OwnerOnly.CreateDirectory(Path);
    }

    private static string DefaultPath() => System.IO.Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".ledger");
}

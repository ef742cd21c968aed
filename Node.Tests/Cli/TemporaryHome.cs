namespace Ledger.Node.Tests.Cli;

/// <summary>A directory that is gone after the test; its path is short enough for a socket.</summary>
internal sealed class TemporaryHome : IDisposable
{
    internal string Path { get; } = Directory.CreateTempSubdirectory("ledger-").FullName;

    internal string File(string name) => System.IO.Path.Combine(Path, name);

    internal string Write(string name, string content)
    {
        System.IO.File.WriteAllText(File(name), content);
        return File(name);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

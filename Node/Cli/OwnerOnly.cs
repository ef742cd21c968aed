namespace Ledger.Node.Cli;

/// <summary>Files and directories that nobody but their owner may open. Windows, which has no such modes, keeps its
/// own.</summary>
internal static class OwnerOnly
{
    private const UnixFileMode ReadWrite = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <exception cref="OperatorException">It cannot be made there.</exception>
    internal static void CreateDirectory(string path)
    {
        try
        {
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(path);
            else
                Directory.CreateDirectory(path, ReadWrite | UnixFileMode.UserExecute);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OperatorException($"cannot make the directory '{path}': {TextFile.Because(e)}",
                "name another place, or let root make it and give it to this user");
        }
    }

    /// <summary>Creates a file that must not exist yet.</summary>
    internal static FileStream CreateFile(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = ReadWrite;
        return new(path, options);
    }

    /// <summary>Whether nobody else may read, change or enter what is at this path.</summary>
    internal static bool Holds(string path) => OperatingSystem.IsWindows()
        || (File.GetUnixFileMode(path) & ~(ReadWrite | UnixFileMode.UserExecute)) == 0;

    internal static void Restrict(string path)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, ReadWrite);
    }
}

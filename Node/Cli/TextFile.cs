namespace Ledger.Node.Cli;

/// <summary>Files that a person names: what cannot be read or written is one line, not a stack trace.</summary>
internal static class TextFile
{
    internal static string Read(string path, string hint) => Read(path, hint, File.ReadAllText);

    internal static byte[] ReadBytes(string path, string hint) => Read(path, hint, File.ReadAllBytes);

    private static T Read<T>(string path, string hint, Func<string, T> read)
    {
        if (!File.Exists(path))
            throw new OperatorException($"no file '{path}'", hint);
        try
        {
            return read(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OperatorException($"cannot read '{path}'", Because(e));
        }
    }

    /// <summary>Writes a result that a person asked for by name; an existing file is theirs to replace.</summary>
    internal static void Write(string path, byte[] content)
    {
        try
        {
            File.WriteAllBytes(path, content);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OperatorException($"cannot write '{path}'", Because(e));
        }
    }

    /// <summary>Refuses a path where there is a file already: what is made under it is not for replacing.</summary>
    internal static void RequireNone(string path, string hint)
    {
        if (File.Exists(path))
            throw new OperatorException($"there is a file already: '{path}'", hint);
    }

    /// <summary>The system's own sentence, as a part of ours.</summary>
    internal static string Because(Exception e) => char.ToLowerInvariant(e.Message[0]) + e.Message[1..].TrimEnd('.');
}

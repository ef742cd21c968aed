using Ledger.Learning.Data;

namespace Ledger.Node.Cli;

/// <summary>Data as a person names it: <c>digits</c>, or files and folders separated by commas.</summary>
internal static class DataFiles
{
    internal const string Digits = "digits";

    internal const string Kinds =
        "a CSV file, a text (.txt), IDX images, .npy or .npz, a folder of CLASS/*.png, or 'digits'";

    internal static Source[] Open(string data)
    {
        if (data == Digits)
            return [Source.Digits()];
        var paths = data.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        // Labels are found beside their images; a shell's wildcard names both.
        var images = paths.Any(path => path.Contains("images-idx3", StringComparison.Ordinal));
        return [.. paths.Where(path => !images || !path.Contains("labels-idx1", StringComparison.Ordinal))
            .Select(Source.Open)];
    }

    /// <summary>What to call a task about this data.</summary>
    internal static string NameOf(string data)
    {
        if (data == Digits)
            return Digits;
        var path = Path.TrimEndingDirectorySeparator(data.Split(',')[0]);
        var name =
            Path.GetFileName(data.Contains(',', StringComparison.Ordinal) || IsIdx(path) ? FolderOf(path) : path);
        return name.Split('.')[0] is { Length: > 0 } plain ? plain : "task";
    }

    private static bool IsIdx(string path) => path.Contains("-ubyte", StringComparison.Ordinal);

    private static string FolderOf(string path) => Path.GetDirectoryName(Path.GetFullPath(path)) ?? path;
}

namespace Ledger.Learning.Data;

/// <summary>MNIST's file names: "train-images-idx3-ubyte" has its labels in "train-labels-idx1-ubyte", each maybe
/// ".gz".</summary>
internal static class IdxNaming
{
    private static readonly string[] Endings = ["", ".gz"];

    internal static bool IsIdx(string path) => Path.GetFileName(path).Contains("-ubyte", StringComparison.Ordinal);

    internal static string TrainingImages(string folder) => Find(folder, "train-images-idx3-ubyte");

    internal static string TestImages(string folder) => Find(folder, "t10k-images-idx3-ubyte");

    internal static string Labels(string images)
    {
        var file = Path.GetFileName(images);
        var plain = file.EndsWith(".gz", StringComparison.Ordinal) ? file[..^3] : file;
        var labels = plain.Replace("images-idx3", "labels-idx1", StringComparison.Ordinal);
        if (labels == plain)
            throw new DataException($"{file}: not an images file",
                "images are in a file such as 'train-images-idx3-ubyte.gz'");

        var folder = Path.GetDirectoryName(images) ?? "";
        return Endings.Select(ending => Path.Combine(folder, labels + ending)).FirstOrDefault(File.Exists)
            ?? throw new DataException($"{file}: no labels file '{labels}' or '{labels}.gz' beside it");
    }

    private static string Find(string folder, string name)
        => Endings.Select(ending => Path.Combine(folder, name + ending)).FirstOrDefault(File.Exists)
            ?? throw new DataException(
                $"{folder}: no file '{name}' or '{name}.gz'",
                "name a CSV file, or a folder of MNIST's files or of CLASS/*.png");
}

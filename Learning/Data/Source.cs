using System.IO.Compression;

namespace Ledger.Learning.Data;

/// <summary>Labelled rows as a file holds them, before a schema says how they become numbers: a table, images or
/// text.</summary>
public abstract record Source(string Name)
{
    /// <summary>Number of rows.</summary>
    public abstract int Rows { get; }

    /// <summary>Optical digits of UCI, 1,797 images of 8 x 8 as a table with the label column "label".</summary>
    public static Table Digits()
    {
        using var stream = typeof(Source).Assembly.GetManifestResourceStream("digits")!;
        return Table.Read("digits", stream);
    }

    /// <summary>A CSV file, a text (.txt), an IDX images file with its labels file beside it, an array of NumPy, or a
    /// folder: with IDX training images, or with a folder of PNG files for each class. Files may be compressed with
    /// gzip.</summary>
    public static Source Open(string path)
    {
        if (Directory.Exists(path))
            return PngFolder.IsPngFolder(path)
                ? PngFolder.Open(path)
                : IdxFile.OpenPair(IdxNaming.TrainingImages(path));
        if (!File.Exists(path))
            throw new DataException($"no file '{path}'",
                "a CSV file, a text (.txt), IDX images, .npy or .npz, or a folder of MNIST's files or of CLASS/*.png");
        if (IdxNaming.IsIdx(path))
            return IdxFile.OpenPair(path);
        if (NumPyFile.IsNumPy(path))
            return NumPyFile.Open(path);

        using var stream = OpenPlain(path);
        return Text.IsText(path)
            ? Text.Read(Path.GetFileName(path), stream)
            : Table.Read(Path.GetFileName(path), stream);
    }

    /// <summary>The bytes of a file, decompressed where it starts with gzip's magic number.</summary>
    internal static Stream OpenPlain(string path)
    {
        try
        {
            var file = File.OpenRead(path);
            var zipped = file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
            file.Position = 0;
            return zipped ? new GZipStream(file, CompressionMode.Decompress) : file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"cannot read '{path}': {e.Message}", null, e);
        }
    }
}

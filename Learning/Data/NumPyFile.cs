using System.IO.Compression;

namespace Ledger.Learning.Data;

/// <summary>Rows from NumPy: a table of two dimensions in .npy, or rows x and labels y in .npz, where x may also be
/// images of bytes, [n, height, width] or [n, height, width, 3].</summary>
internal static class NumPyFile
{
    private const string LabelColumn = "label";

    private static readonly (string Rows, string Labels)[] Names = [("x", "y"), ("x_train", "y_train")];

    internal static bool IsNumPy(string path) =>
        path.EndsWith(".npy", StringComparison.Ordinal) || path.EndsWith(".npz", StringComparison.Ordinal);

    internal static Source Open(string path)
    {
        var name = Path.GetFileName(path);
        if (path.EndsWith(".npz", StringComparison.Ordinal))
            return OpenPair(name, path);
        using var stream = Source.OpenPlain(path);
        var array = NumPyArray.Read(name, stream);
        return array.Shape.Length == 2
            ? TableOf(name, array, labels: null)
            : throw new DataException($"{name}: an array of {array.Shape.Length} dimensions, rows of a table have two",
                "images need labels: numpy.savez('data.npz', x=images, y=labels)");
    }

    private static Source OpenPair(string name, string path)
    {
        using var stream = Source.OpenPlain(path);
        try
        {
            using var archive = new ZipArchive(stream);
            var names = Names.FirstOrDefault(each => Has(each.Rows) && Has(each.Labels));
            if (names.Rows is null)
                throw new DataException($"{name}: no arrays 'x' and 'y' in it",
                    "write it with numpy.savez('data.npz', x=rows, y=labels)");
            return SourceOf(name, Read(names.Rows), Read(names.Labels));

            bool Has(string entry) => archive.GetEntry(entry + ".npy") is not null;

            NumPyArray Read(string entry)
            {
                using var bytes = archive.GetEntry(entry + ".npy")!.Open();
                return NumPyArray.Read($"{name}: {entry}", bytes);
            }
        }
        catch (InvalidDataException e)
        {
            throw new DataException($"{name}: the file is damaged or cut short", "write it again", e);
        }
    }

    private static Source SourceOf(string name, NumPyArray rows, NumPyArray labels)
    {
        if (labels.Shape.Length != 1 || labels.Shape[0] != rows.Shape[0])
            throw new DataException(
                $"{name}: labels of ({string.Join(", ", labels.Shape)}) for {rows.Shape[0]} rows",
                "one number a row");
        return rows switch
        {
            { Shape.Length: 2 } => TableOf(name, rows, labels),
            { Type: "|u1", Shape: [_, _, _] or [_, _, _, 3] } => ImagesOf(name, rows, labels),
            _ => throw new DataException(
                $"{name}: x is an array of ({string.Join(", ", rows.Shape)}) of type '{rows.Type}'",
                "two dimensions for a table; images are uint8 [n, height, width] or [n, height, width, 3]"),
        };
    }

    private static Table TableOf(string name, NumPyArray rows, NumPyArray? labels)
    {
        var (count, width) = (rows.Shape[0], rows.Shape[1]);
        if (count > Limits.Rows || width is < 1 or >= Limits.Columns)
            throw new DataException($"{name}: {count} rows of {width} columns are too many, or none");
        string[] columns = [.. Enumerable.Range(0, width).Select(i => $"x{i}")];
        return new(name, labels is null ? columns : [.. columns, LabelColumn],
            [.. Enumerable.Range(0, count).Select(Cells)]);

        string[] Cells(int row)
        {
            var cells = Enumerable.Range(row * width, width).Select(rows.Text);
            return [.. (labels is null ? cells : cells.Append(labels.Text(row))).Select(Table.Field)];
        }
    }

    private static Images ImagesOf(string name, NumPyArray rows, NumPyArray labels)
    {
        var (height, width) = (rows.Shape[1], rows.Shape[2]);
        if (rows.Shape[0] == 0 || height is < 1 or > Limits.ImageSide || width is < 1 or > Limits.ImageSide)
            throw new DataException($"{name}: images of ({string.Join(", ", rows.Shape)}) are out of bounds");
        return Images.Of(name, height, width, colour: rows.Shape.Length == 4, rows.Bytes,
            [.. Enumerable.Range(0, labels.Shape[0]).Select(labels.Text)]);
    }
}

using System.Buffers.Binary;
using System.Globalization;

namespace Ledger.Learning.Data;

/// <summary>Grey images with labels 0-9 from a pair of IDX files. Format: http://yann.lecun.com/exdb/mnist (big-endian
/// magic, dimensions, bytes).</summary>
internal static class IdxFile
{
    private const int ImagesMagic = 0x0803;
    private const int LabelsMagic = 0x0801;

    private static readonly string[] Digits =
        [.. Enumerable.Range(0, 10).Select(digit => digit.ToString(CultureInfo.InvariantCulture))];

    internal static Images OpenPair(string path)
    {
        var labelsPath = IdxNaming.Labels(path);
        using var images = Source.OpenPlain(path);
        using var labels = Source.OpenPlain(labelsPath);
        return Read(Path.GetFileName(path), images, Path.GetFileName(labelsPath), labels);
    }

    /// <summary>Reads both files whole and checks that they belong together.</summary>
    internal static Images Read(string name, Stream images, string labelsName, Stream labels)
    {
        var (shape, pixels) = ReadIdx(name, images, ImagesMagic, dimensions: 3);
        var (_, classes) = ReadIdx(labelsName, labels, LabelsMagic, dimensions: 1);
        if (classes.Length != shape[0])
            throw new DataException($"{labelsName}: {classes.Length} labels for {shape[0]} images of {name}");
        var wrong = Array.FindIndex(classes, label => label > 9);
        if (wrong >= 0)
            throw new DataException($"{labelsName}: row {wrong + 1} has label {classes[wrong]}", "labels are 0 to 9");
        return new(name, 1, shape[1], shape[2], pixels, Digits, Array.ConvertAll(classes, label => (int)label));
    }

    private static (int[] Shape, byte[] Values) ReadIdx(string name, Stream stream, int magic, int dimensions)
    {
        try
        {
            if (ReadNumber(stream) != magic)
                throw new DataException($"{name}: not an IDX file of {dimensions} dimensions of bytes");
            var shape = new int[dimensions];
            foreach (ref var dimension in shape.AsSpan())
                dimension = ReadNumber(stream);
            var values = new byte[CheckedSize(name, shape)];
            stream.ReadExactly(values);
            return stream.ReadByte() < 0
                ? (shape, values)
                : throw new DataException($"{name}: bytes behind the last image");
        }
        catch (Exception e) when (e is EndOfStreamException or InvalidDataException)
        {
            throw new DataException($"{name}: the file is damaged or cut short", "fetch it again", e);
        }
    }

    private static int ReadNumber(Stream stream)
    {
        Span<byte> bytes = stackalloc byte[4];
        stream.ReadExactly(bytes);
        return BinaryPrimitives.ReadInt32BigEndian(bytes);
    }

    private static int CheckedSize(string name, int[] shape)
    {
        var fits = shape[0] is >= 1 and <= Limits.Rows
            && shape.Skip(1).All(side => side is >= 1 and <= Limits.ImageSide);
        var size = fits ? shape.Aggregate(1L, (product, dimension) => product * dimension) : 0;
        return fits && size <= Limits.Features
            ? (int)size
            : throw new DataException($"{name}: dimensions {string.Join(" x ", shape)} are out of bounds");
    }
}

namespace Ledger.Learning.Data;

/// <summary>Images as PNG files of one size in a folder for each class: FOLDER/CLASS/NAME.png.</summary>
internal static class PngFolder
{
    private const string Pattern = "*.png";

    internal static bool IsPngFolder(string path) => Directory.EnumerateDirectories(path)
        .Any(folder => Directory.EnumerateFiles(folder, Pattern).Any());

    internal static Images Open(string path)
    {
        (string Class, string File)[] files = [.. Directory.GetDirectories(path).Order(StringComparer.Ordinal)
            .SelectMany(folder => Directory.GetFiles(folder, Pattern).Order(StringComparer.Ordinal)
                .Select(file => (Path.GetFileName(folder), file)))];
        if (files.Length > Limits.Rows)
            throw new DataException($"{path}: {files.Length} files, the limit is {Limits.Rows}");
        var images = files.Select(each => Decode(path, each.File, colour: null)).ToArray();
        // One in colour makes all so: a model takes one form.
        var colour = images.Any(image => image.IsColour);
        var pixels = images.Select((image, i) => image.IsColour == colour
            ? image.Pixels
            : Decode(path, files[i].File, colour).Pixels).ToArray();
        RequireOneSize(path, files, images);
        return Images.Of(Path.GetFileName(Path.TrimEndingDirectorySeparator(path)), images[0].Height, images[0].Width,
            colour, [.. pixels.SelectMany(each => each)], [.. files.Select(each => each.Class)]);
    }

    private static Png.Decoded Decode(string folder, string file, bool? colour)
    {
        using var stream = Source.OpenPlain(file);
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return Png.Read(Path.GetRelativePath(folder, file), bytes.ToArray(), colour);
    }

    private static void RequireOneSize(string path, (string Class, string File)[] files, Png.Decoded[] images)
    {
        var (height, width) = (images[0].Height, images[0].Width);
        var other = Array.FindIndex(images, image => (image.Height, image.Width) != (height, width));
        if (other >= 0)
            throw new DataException(
                $"{Path.GetRelativePath(path, files[other].File)}: {images[other].Height} x {images[other].Width} "
                + $"pixels, the first image has {height} x {width}", "scale all images to one size");
    }
}

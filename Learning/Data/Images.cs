namespace Ledger.Learning.Data;

/// <summary>Images of one size with a class each: pixels[rows x channels x height x width], one byte each; one channel
/// for grey, three for red, green and blue. Labels are places in <see cref="Classes"/>.</summary>
public sealed record Images(
    string Name, int Channels, int Height, int Width, byte[] Pixels, string[] Classes, int[] Labels) : Source(Name)
{
    /// <summary>Channels of a colour image.</summary>
    public const int Colours = 3;

    public override int Rows => Labels.Length;

    /// <summary>From the class of each image; colour pixels lie side by side, red, green, blue.</summary>
    internal static Images Of(
        string name, int height, int width, bool colour, byte[] pixels, IReadOnlyList<string> labels)
    {
        var classes = TableInference.Sorted(labels.ToHashSet());
        var places = classes.Select((each, place) => (each, place)).ToDictionary(pair => pair.each, pair => pair.place);
        return new(name, colour ? Colours : 1, height, width, colour ? Planar(pixels, height * width) : pixels,
            classes, [.. labels.Select(label => places[label])]);
    }

    /// <summary>As a model takes it: grey images for one of colours are equally red, green and blue.</summary>
    internal byte[] PixelsOf(int channels)
    {
        if (channels == Channels)
            return Pixels;
        if (channels < Channels)
            throw new DataException($"{Name}: images in colour, and the task is about grey ones", "make them grey");
        var size = Height * Width;
        var all = new byte[Pixels.Length * channels];
        for (var plane = 0; plane < Rows * channels; plane++)
            Pixels.AsSpan(plane / channels * size, size).CopyTo(all.AsSpan(plane * size));
        return all;
    }

    private static byte[] Planar(byte[] pixels, int size)
    {
        var planes = new byte[pixels.Length];
        for (var i = 0; i < pixels.Length; i++)
            planes[i / (Colours * size) * Colours * size + i % Colours * size + i / Colours % size] = pixels[i];
        return planes;
    }
}

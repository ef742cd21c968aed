namespace Ledger.Learning.Data;

/// <summary>Images: pixel/255, less the mean, over the deviation; channels of height x width, one for grey, three for
/// colours.</summary>
public sealed record ImageSchema(
    int Height, int Width, float Mean, float Deviation, string[] Classes, int Channels = 1) : Schema(Classes)
{
    public override int Inputs => Channels * Height * Width;

    public override int[] InputShape => [Channels, Height, Width];

    public static ImageSchema Infer(IReadOnlyList<Images> files)
    {
        // Sums of bytes and of their squares are exact: 2 GB of pixels stay below 2^47.
        var (count, sum, squares) = (0L, 0L, 0L);
        foreach (var pixel in files.SelectMany(file => file.Pixels))
            (count, sum, squares) = (count + 1, sum + pixel, squares + pixel * pixel);

        var mean = (double)sum / count;
        var deviation = Math.Sqrt(Math.Max((double)squares / count - mean * mean, 0));
        var classes = TableInference.Sorted(files.SelectMany(file => file.Classes).ToHashSet());
        if (classes.Length is < 2 or > Limits.Classes)
            throw new DataException(
                $"{files[0].Name}: {classes.Length} classes, from 2 to {Limits.Classes} are allowed");
        return new(
            files[0].Height, files[0].Width, (float)(mean / 255), deviation > 0 ? (float)(deviation / 255) : 1, classes,
            files.Max(file => file.Channels));
    }

    public override Dataset Encode(Source source)
    {
        if (source is not Images images)
            throw new DataException($"{source.Name}: not images, and the task is about images");
        if ((images.Height, images.Width) != (Height, Width))
            throw new DataException(
                $"{source.Name}: images of {images.Height} x {images.Width}, the task wants {Height} x {Width}");
        var places = Array.ConvertAll(images.Classes, PlaceOf);
        return new(
            EncodePixels(images.PixelsOf(Channels)), Array.ConvertAll(images.Labels, label => places[label]), Inputs);

        int PlaceOf(string name) => Array.IndexOf(Classes, name) is var place and >= 0
            ? place
            : throw new DataException(
                $"{source.Name}: the task has no class '{name}'", $"classes are: {string.Join(", ", Classes)}");
    }

    /// <summary>Features of images that lie one after the other, channel by channel.</summary>
    public float[] EncodePixels(byte[] pixels)
    {
        var levels = new float[256];
        for (var level = 0; level < levels.Length; level++)
            levels[level] = (level / 255f - Mean) / Deviation;
        return Array.ConvertAll(pixels, pixel => levels[pixel]);
    }

    public bool Equals(ImageSchema? other) => other is not null && ToString() == other.ToString();

    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);
}

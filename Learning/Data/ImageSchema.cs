namespace Ledger.Learning.Data;

/// <summary>Grey images: pixel/255, less the mean, over the deviation; one channel of height x width.</summary>
public sealed record ImageSchema(int Height, int Width, float Mean, float Deviation, string[] Classes) : Schema(Classes)
{
    public override int Inputs => Height * Width;

    public override int[] InputShape => [1, Height, Width];

    public static ImageSchema Infer(IReadOnlyList<Images> files)
    {
        // Sums of bytes and of their squares are exact: 2 GB of pixels stay below 2^47.
        var (count, sum, squares) = (0L, 0L, 0L);
        foreach (var pixel in files.SelectMany(file => file.Pixels))
            (count, sum, squares) = (count + 1, sum + pixel, squares + pixel * pixel);

        var mean = (double)sum / count;
        var deviation = Math.Sqrt(Math.Max((double)squares / count - mean * mean, 0));
        return new(
            files[0].Height, files[0].Width, (float)(mean / 255), deviation > 0 ? (float)(deviation / 255) : 1,
            [.. Enumerable.Range(0, 10).Select(digit => $"{digit}")]);
    }

    public override Dataset Encode(Source source)
    {
        if (source is not Images images)
            throw new DataException($"{source.Name}: not images, and the task is about images");
        if ((images.Height, images.Width) != (Height, Width))
            throw new DataException(
                $"{source.Name}: images of {images.Height} x {images.Width}, the task wants {Height} x {Width}");

        var levels = new float[256];
        for (var level = 0; level < levels.Length; level++)
            levels[level] = (level / 255f - Mean) / Deviation;
        return new(
            Array.ConvertAll(images.Pixels, pixel => levels[pixel]),
            Array.ConvertAll(images.Labels, label => (int)label),
            Inputs);
    }

    public bool Equals(ImageSchema? other) => other is not null && ToString() == other.ToString();

    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);
}

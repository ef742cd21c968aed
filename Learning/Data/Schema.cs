namespace Ledger.Learning.Data;

/// <summary>How rows become numbers: part of the task, so that the same row has the same inputs at every
/// peer.</summary>
public abstract record Schema(string[] Classes)
{
    /// <summary>The column of numbers that is to be predicted (regression); null where classes are.</summary>
    public virtual NumericColumn? Target => null;

    /// <summary>What a model gives for a row: a logit for each class, or one number in standard deviations.</summary>
    public int Outputs => Target is null ? Classes.Length : 1;

    /// <summary>Floats of one encoded row.</summary>
    public abstract int Inputs { get; }

    /// <summary>One row as the model sees it: {inputs}, or {1, height, width}.</summary>
    public abstract int[] InputShape { get; }

    /// <summary>Checks every value and names file, row and column of the first that does not fit.</summary>
    public abstract Dataset Encode(Source source);

    /// <summary>The schema of files that belong together; <paramref name="label"/> is a column or, for two classes,
    /// "column&gt;number", and is not used for images; where it is <paramref name="measured"/>, its numbers are what is
    /// to be predicted.</summary>
    public static Schema Infer(
        IReadOnlyList<Source> sources, string? label = null, bool measured = false) => sources switch
        {
            [] => throw new DataException("no data", "name at least one file"),
            [Table, ..] => TableInference.Infer([.. sources.Select(AsTable)], label, measured),
            [Images, ..] when measured => throw new DataException(
                $"{sources[0].Name}: images have classes, not numbers to predict", "take --loss cross-entropy"),
            [Text, ..] when measured => throw new DataException(
                $"{sources[0].Name}: a text has characters, not numbers to predict", "take --loss cross-entropy"),
            [Text, ..] => TextSchema.Infer([.. sources.Select(AsText)]),
            [Images first, ..] => ImageSchema.Infer([.. sources.Select(source => AsImages(source, first))]),
            _ => throw new InvalidOperationException("a source is a table, images or a text"),
        };

    public sealed override string ToString() => SchemaText.Write(this);

    private static Table AsTable(Source source)
        => source as Table ?? throw new DataException($"{source.Name}: not a table", "name files of one kind");

    private static Text AsText(Source source)
        => source as Text ?? throw new DataException($"{source.Name}: not a text", "name files of one kind");

    private static Images AsImages(Source source, Images first)
    {
        if (source is not Images images)
            throw new DataException($"{source.Name}: not images", "name files of one kind");
        return (images.Height, images.Width) == (first.Height, first.Width)
            ? images
            : throw new DataException(
                $"{images.Name}: images of {images.Height} x {images.Width}, "
                + $"those of {first.Name} are {first.Height} x {first.Width}");
    }
}

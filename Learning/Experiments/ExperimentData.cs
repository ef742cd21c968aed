using Ledger.Learning.Data;

namespace Ledger.Learning.Experiments;

/// <summary>Rows to deal to the contributors, and those that nobody trains on.</summary>
public sealed record ExperimentData(Schema Schema, Dataset Training, Dataset Test)
{
    /// <summary>A folder with MNIST's four files, or a text, whose last tenth nobody trains on.</summary>
    public static ExperimentData Open(string path)
    {
        if (Text.IsText(path) && Source.Open(path) is Text text)
            return Of(text, text.Characters.Length / 10 * 9);
        return Directory.Exists(path)
            ? OfImages(path)
            : throw new DataException($"no folder or text '{path}'", "name the folder of all data with --data");
    }

    private static ExperimentData Of(Text text, int training)
    {
        var schema = TextSchema.Infer([text]);
        return new(schema, schema.Encode(text with { Characters = text.Characters[..training] }),
            schema.Encode(text with { Characters = text.Characters[training..] }));
    }

    private static ExperimentData OfImages(string folder)
    {
        var (training, test) = (Source.Open(folder), Source.Open(IdxNaming.TestImages(folder)));
        var schema = Schema.Infer([training], label: null);
        return new(schema, schema.Encode(training), schema.Encode(test));
    }
}

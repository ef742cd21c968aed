using Ledger.Learning.Data;

namespace Ledger.Learning.Experiments;

/// <summary>Rows to deal to the contributors, and those that nobody trains on.</summary>
public sealed record ExperimentData(Schema Schema, Dataset Training, Dataset Test)
{
    /// <summary>A folder with MNIST's four files.</summary>
    public static ExperimentData Open(string folder)
    {
        if (!Directory.Exists(folder))
            throw new DataException($"no folder '{folder}'", "name the folder of all data with --data");
        var (training, test) = (Source.Open(folder), Source.Open(IdxNaming.TestImages(folder)));
        var schema = Schema.Infer([training], label: null);
        return new(schema, schema.Encode(training), schema.Encode(test));
    }
}

namespace Ledger.Learning;

/// <summary>Every bound of this project: what is read from a file, a recipe or a peer is checked against these
/// first.</summary>
public static class Limits
{
    /// <summary>Parameters of one model; 256 MiB as float32.</summary>
    public const int Parameters = 1 << 26;

    /// <summary>Updates in one aggregation. Sums of |q| &lt;= 127 then stay below 2^17, and below 2^41 when scaled to
    /// Q7.24.</summary>
    public const int Updates = 1024;

    /// <summary>Largest exponent of an update, u = q·2^-e.</summary>
    public const int UpdateExponent = 20;

    /// <summary>Tensors of one model, and dimensions of one tensor.</summary>
    public const int Tensors = 4096;
    public const int Rank = 8;

    /// <summary>Bytes of a user's TorchScript file.</summary>
    public const int ModelFileBytes = 512 << 20;

    /// <summary>Characters of a recipe's JSON text, and levels of nesting in it.</summary>
    public const int RecipeCharacters = 1 << 22;
    public const int RecipeDepth = 16;

    /// <summary>Rows of one file or shard, columns of a table, categories of a column, classes of a label.</summary>
    public const int Rows = 10_000_000;
    public const int Columns = 4096;
    public const int Categories = 64;
    public const int Classes = 1000;

    /// <summary>Bytes of one line of a CSV file.</summary>
    public const int RecordBytes = 1 << 22;

    /// <summary>Characters of one field, and of a name of a column, category or class.</summary>
    public const int FieldCharacters = 1024;

    /// <summary>Inputs of one row, and floats of one data set (8 GB).</summary>
    public const int Inputs = 1 << 20;
    public const long Features = 2_000_000_000;

    /// <summary>Height and width of an image in pixels.</summary>
    public const int ImageSide = 1024;

    /// <summary>Characters of one row of text; attention takes 0.5 GB for the 512 rows that are judged at
    /// once.</summary>
    public const int TextWindow = 256;

    /// <summary>Parts of a split.</summary>
    public const int Parts = 10_000;

    /// <summary>Rounds and seeds of an experiment.</summary>
    public const int ExperimentRounds = 100_000;
    public const int Seeds = 1000;

    /// <summary>Scorers of a round.</summary>
    public const int Scorers = 64;

    /// <summary>Range of the hyper-parameters.</summary>
    public const double LearningRate = 100;
    public const int BatchSize = 1 << 20;
    public const int LocalEpochs = 10_000;
    public const double ProximalMu = 1000;
    public const double ServerLearningRate = 16;
}

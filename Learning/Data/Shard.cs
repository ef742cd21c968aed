namespace Ledger.Learning.Data;

/// <summary>One party's rows: those it trains on, those by which it judges others' updates (validation), and those that
/// tell how good a model is and touch nothing else (held out); with the Merkle root that commits to all, in this
/// order.</summary>
public sealed record Shard(Dataset Training, Dataset Validation, Dataset HeldOut, byte[] Root)
{
    public static Shard Of(Dataset training, Dataset validation, Dataset heldOut)
        => new(training, validation, heldOut, RowTree.Root([training, validation, heldOut]));

    /// <summary>How many rows equal an earlier one, word for word, and how many held-out rows equal one that is trained
    /// on or judged by, so that they tell less than they seem to.</summary>
    public (int Rows, int HeldOut) Repeated()
    {
        var used = Keys(Training).Concat(Keys(Validation)).ToHashSet(StringComparer.Ordinal);
        var held = Keys(HeldOut);
        var all = used.Union(held).Count();
        return (Training.Rows + Validation.Rows + HeldOut.Rows - all, held.Count(used.Contains));
    }

    /// <summary>Holds out a share of the rows, chosen by the seed, and of the others takes a share of all for
    /// validation, a tenth to a fifth where none is given; from three rows on no part is empty.</summary>
    public static Shard Of(Dataset rows, ulong seed, double heldOut = 0.2, double? validation = null)
    {
        var (others, held) = Splits.HoldOut(rows.Rows, seed, heldOut);
        var share = (validation ?? UsualValidation(rows.Rows, heldOut)) / (1 - heldOut);
        var (training, judging) = Splits.HoldOut(others.Length, seed, share);
        return Of(rows.Take([.. training.Select(i => others[i])]), rows.Take([.. judging.Select(i => others[i])]),
            rows.Take(held));
    }

    // A tenth, and of few rows up to a fifth: a step on much fewer than 64 rows points anywhere, and honest updates
    // would be taken for wrong. Training keeps as many at least.
    private static double UsualValidation(int rows, double heldOut) =>
        Math.Min(Math.Clamp(64.0 / rows, 0.1, 0.2), (1 - heldOut) / 2);

    private static string[] Keys(Dataset rows) =>
        [.. Enumerable.Range(0, rows.Rows).Select(row => Convert.ToHexString(RowTree.Leaf(rows, row)))];

    public void Write(Stream stream) => ShardFile.Write(stream, this);

    /// <summary>Refuses a file that is cut short, damaged or followed by other bytes.</summary>
    public static Shard Read(Stream stream, string name) => ShardFile.Read(stream, name);
}

namespace Ledger.Learning.Data;

/// <summary>One party's rows: those it trains on and those it holds out, with the Merkle root that commits to both
/// (training rows first).</summary>
public sealed record Shard(Dataset Training, Dataset HeldOut, byte[] Root)
{
    public static Shard Of(Dataset training, Dataset heldOut)
        => new(training, heldOut, RowTree.Root([training, heldOut]));

    /// <summary>How many rows equal an earlier one, word for word, and how many held-out rows equal one that is trained
    /// on, so that they judge less than they seem to.</summary>
    public (int Rows, int HeldOut) Repeated()
    {
        var trained = Keys(Training).ToHashSet(StringComparer.Ordinal);
        var held = Keys(HeldOut);
        var all = trained.Union(held).Count();
        return (Training.Rows + HeldOut.Rows - all, held.Count(trained.Contains));
    }

    /// <summary>Holds out a share of the rows, chosen by the seed.</summary>
    public static Shard Of(Dataset rows, ulong seed, double heldOut = 0.2)
    {
        var (training, held) = Splits.HoldOut(rows.Rows, seed, heldOut);
        return Of(rows.Take(training), rows.Take(held));
    }

    private static string[] Keys(Dataset rows) =>
        [.. Enumerable.Range(0, rows.Rows).Select(row => Convert.ToHexString(RowTree.Leaf(rows, row)))];

    public void Write(Stream stream) => ShardFile.Write(stream, this);

    /// <summary>Refuses a file that is cut short, damaged or followed by other bytes.</summary>
    public static Shard Read(Stream stream, string name) => ShardFile.Read(stream, name);
}

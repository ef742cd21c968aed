using System.Globalization;

namespace Ledger.Learning.Data;

/// <summary>How rows are dealt to the parties of an experiment: every row to exactly one, in an order fixed by a
/// seed.</summary>
public abstract record Splits
{
    private Splits()
    {
    }

    /// <summary>Rows shuffled and dealt evenly.</summary>
    public sealed record Iid : Splits;

    /// <summary>Each class shared out by proportions from Dirichlet(<paramref name="Alpha"/>) (Hsu et al., 2019): the
    /// smaller alpha, the more one-sided the parties.</summary>
    public sealed record Dirichlet(double Alpha) : Splits;

    /// <summary>Rows sorted by label, cut into parts·<paramref name="PerPart"/> shards, of which each party gets that
    /// many (McMahan et al., 2017).</summary>
    public sealed record Shards(int PerPart) : Splits;

    /// <summary>"iid", "dirichlet:A" or "shards:K".</summary>
    public static Splits Parse(string text)
    {
        var parts = text.Split(':', 2);
        var number = double.NaN;
        if (parts.Length == 2
            && !double.TryParse(parts[1], NumberStyles.Float, CultureInfo.InvariantCulture, out number))
            number = double.NaN;
        return (parts[0], parts.Length) switch
        {
            ("iid", 1) => new Iid(),
            ("dirichlet", 2) when number is >= 0.001 and <= 1000 => new Dirichlet(number),
            ("shards", 2) when number is >= 1 and <= Limits.Parts && number == Math.Floor(number)
                => new Shards((int)number),
            _ => throw new DataException(
                $"no split '{text}'", "splits are: iid, dirichlet:A with A from 0.001 to 1000, shards:K with K from 1"),
        };
    }

    /// <summary>Row numbers of each of <paramref name="parts"/> parties, ascending; none is empty.</summary>
    public int[][] Deal(ReadOnlySpan<int> labels, int parts, ulong seed)
    {
        if (parts < 1 || parts > Math.Min(labels.Length, Limits.Parts))
            throw new DataException($"cannot split {labels.Length} rows into {parts} parts");
        var random = new SplitMix64(seed);
        labels = SplitDealing.Grouped(labels);
        var dealt = this switch
        {
            Dirichlet split => SplitDealing.Dirichlet(labels, parts, split.Alpha, ref random),
            Shards split => SplitDealing.Shards(labels, parts, split.PerPart, ref random),
            _ => SplitDealing.Iid(labels.Length, parts, ref random),
        };
        SplitDealing.FillEmpty(dealt);
        return [.. dealt.Select(rows => rows.Order().ToArray())];
    }

    /// <summary>Training rows and held-out rows, a share of <paramref name="heldOut"/> chosen by the seed; with two
    /// rows or more neither is empty.</summary>
    public static (int[] Training, int[] HeldOut) HoldOut(int rows, ulong seed, double heldOut = 0.2)
    {
        var order = Enumerable.Range(0, rows).ToArray();
        new SplitMix64(seed).Shuffle(order.AsSpan());
        var held = rows < 2 ? 0 : Math.Clamp((int)Math.Round(rows * heldOut), 1, rows - 1);
        return ([.. order[held..].Order()], [.. order[..held].Order()]);
    }
}

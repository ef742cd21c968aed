namespace Ledger.Learning.Aggregation;

/// <summary>m vectors, each a combination of the n updates of a round with integer weights over one denominator:
/// row i = Σ_j weights[i][j]·u_j / denominator. Rules that mix, clip or weigh whole updates are functions from one
/// mixture to the next and look at inner products only; the coordinates are read once, at the end.</summary>
internal sealed class Mixture
{
    /// <summary>Shares of one are counted in 1/4096.</summary>
    internal const int ShareBits = 12;

    /// <summary>A combination of int8 values over a denominator up to this fits int32.</summary>
    private const int DenominatorBits = 22;

    private readonly Lazy<long[]> ofUpdates;
    private Int128[]? products;

    private Mixture(int[][] weights, int denominator, Lazy<long[]> ofUpdates)
        => (Weights, Denominator, this.ofUpdates) = (weights, denominator, ofUpdates);

    internal int[][] Weights { get; }

    internal int Denominator { get; }

    internal int Rows => Weights.Length;

    internal int Updates => Weights[0].Length;

    /// <summary>The updates themselves; <paramref name="products"/> are their n x n inner products.</summary>
    internal static Mixture Of(int n, Lazy<long[]> products)
        => new([.. Enumerable.Range(0, n).Select(i => Unit(n, i))], 1, products);

    /// <summary>The inner product of two rows, times the square of the denominator.</summary>
    internal Int128 Product(int i, int j) => (products ??= Multiply())[i * Rows + j];

    /// <summary>The squared distance of two rows, times the square of the denominator.</summary>
    internal Int128 Distance(int i, int j) => Product(i, i) + Product(j, j) - 2 * Product(i, j);

    /// <summary>New rows as combinations of these: row i = Σ_j shares[i][j]·row_j / <paramref name="whole"/>. No row's
    /// shares may sum to more than the whole. Exact as long as the denominators multiply to 2^22, rounded to 1/2^22
    /// beyond.</summary>
    internal Mixture Mix(int[][] shares, int whole)
    {
        var rows = shares.Select(Combine).ToArray();
        var denominator = (long)Denominator * whole;
        if (denominator <= 1 << DenominatorBits)
            return new([.. rows.Select(row => Array.ConvertAll(row, weight => (int)weight))], (int)denominator,
                ofUpdates);
        return new(
            [.. rows.Select(row => Array.ConvertAll(row, weight => Rounded(weight, denominator)))],
            1 << DenominatorBits, ofUpdates);
    }

    /// <summary>Each row times its share of 2^<see cref="ShareBits"/>.</summary>
    internal Mixture Scale(int[] shares)
        => Mix([.. shares.Select((share, i) => Array.ConvertAll(Unit(Rows, i), one => one * share))], 1 << ShareBits);

    private static int Rounded(long weight, long denominator)
        => (int)FixedPoint.RoundedQuotient(weight << DenominatorBits, denominator);

    private static int[] Unit(int n, int i)
    {
        var row = new int[n];
        row[i] = 1;
        return row;
    }

    private long[] Combine(int[] shares)
    {
        var row = new long[Updates];
        for (var j = 0; j < shares.Length; j++)
            if (shares[j] != 0)
                for (var k = 0; k < row.Length; k++)
                    row[k] += (long)shares[j] * Weights[j][k];
        return row;
    }

    // W·G·Wᵀ in two steps. A row's weights sum to 2^22 at most and products of updates stay below 2^40.
    private Int128[] Multiply()
    {
        var (rows, n) = (Rows, Updates);
        var half = new Int128[rows * n];
        for (var i = 0; i < rows; i++)
            for (var j = 0; j < n; j++)
                if (Weights[i][j] is var weight and not 0)
                    for (var k = 0; k < n; k++)
                        half[i * n + k] += (Int128)weight * ofUpdates.Value[j * n + k];
        var result = new Int128[rows * rows];
        for (var i = 0; i < rows; i++)
            for (var j = 0; j <= i; j++)
                result[i * rows + j] = result[j * rows + i] = Dot(half.AsSpan(i * n, n), Weights[j]);
        return result;
    }

    private static Int128 Dot(ReadOnlySpan<Int128> values, int[] weights)
    {
        Int128 sum = 0;
        for (var k = 0; k < weights.Length; k++)
            if (weights[k] != 0)
                sum += values[k] * weights[k];
        return sum;
    }
}

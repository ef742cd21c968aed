namespace Ledger.Learning.Aggregation;

/// <summary>One tensor of a model by its dotted name and dimensions, such as "fc1.weight" [200, 784].</summary>
public sealed record ParameterShape(string Name, int[] Dimensions)
{
    /// <summary>Number of parameters in the tensor.</summary>
    public int Count => Dimensions.Aggregate(1, (product, dimension) => checked(product * dimension));

    public static int Total(IEnumerable<ParameterShape> shapes) => shapes.Sum(shape => shape.Count);

    public bool Equals(ParameterShape? other)
        => other is not null && Name == other.Name && Dimensions.AsSpan().SequenceEqual(other.Dimensions);

    public override int GetHashCode() => Name.GetHashCode(StringComparison.Ordinal);
}

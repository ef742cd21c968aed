using System.Globalization;

namespace Ledger.Learning.Data;

/// <summary>A column of a table and how a field of it becomes inputs.</summary>
public abstract record Column(string Name)
{
    internal abstract int Width { get; }

    /// <summary>Writes the inputs of one field; false when the field does not fit the column.</summary>
    internal abstract bool TryEncode(string field, Span<float> inputs);

    internal static bool TryNumber(string field, out double number)
        => double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out number)
            && double.IsFinite(number);
}

/// <summary>A number, less the mean, over the deviation; a missing one is the mean, and an indicator where the column
/// has missing values says so.</summary>
public sealed record NumericColumn(string Name, float Mean, float Deviation, bool HasMissing) : Column(Name)
{
    internal override int Width => HasMissing ? 2 : 1;

    internal override bool TryEncode(string field, Span<float> inputs)
    {
        inputs.Clear();
        if (field.Length == 0)
        {
            if (HasMissing)
                inputs[1] = 1;
            return true;
        }

        var parsed = TryNumber(field, out var number);
        inputs[0] = (float)((number - Mean) / Deviation);
        return parsed && float.IsFinite(inputs[0]);
    }
}

/// <summary>One input for each known value, in order; all zero for a missing or unseen one.</summary>
public sealed record CategoricalColumn(string Name, string[] Values) : Column(Name)
{
    internal override int Width => Values.Length;

    internal override bool TryEncode(string field, Span<float> inputs)
    {
        inputs.Clear();
        var value = Array.IndexOf(Values, field);
        if (value >= 0)
            inputs[value] = 1;
        return true;
    }
}

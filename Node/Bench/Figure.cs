namespace Ledger.Node.Bench;

/// <summary>
/// One measured figure. <paramref name="Against"/> names what was measured beside it in the same run, and
/// <paramref name="Ratio"/> is our value over its. Where a figure has a target, <paramref name="Met"/> tells.
/// </summary>
internal sealed record Figure(
    string Name, double Value, string Unit, string? Against, double? Ratio, double? Target, bool? Met)
{
    /// <summary>A figure beside another one of the same run.</summary>
    internal static Figure Beside(string name, double value, string unit, string against, double other) =>
        new(name, Math.Round(value, 4), unit, against, Math.Round(value / other, 4), null, null);

    /// <summary>The figure with a target that it must reach.</summary>
    internal Figure Aiming(double? target) => this with { Target = target, Met = target is { } t ? Value >= t : null };

    /// <summary>The figure with a target that it must stay within.</summary>
    internal Figure Below(double target) => this with { Target = target, Met = Value <= target };

    /// <summary>A figure that stands for itself.</summary>
    internal static Figure Alone(string name, double value, string unit) =>
        new(name, Math.Round(value, 4), unit, null, null, null, null);
}

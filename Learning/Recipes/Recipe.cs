using System.Diagnostics.CodeAnalysis;
using Ledger.Learning.Aggregation;
using Ledger.Learning.Data;

namespace Ledger.Learning.Recipes;

/// <summary>Everything about learning that a task fixes, so that any peer can train, aggregate and check it.
/// The loss is cross-entropy, the optimiser mini-batch SGD with momentum.</summary>
public sealed record Recipe
{
    public required ModelChoice Model { get; init; }

    public required Schema Schema { get; init; }

    public required double LearningRate { get; init; }

    public double Momentum { get; init; }

    public required int BatchSize { get; init; }

    public required int LocalEpochs { get; init; }

    /// <summary>Of the initial parameters of a built-in model; a file brings its own.</summary>
    public ulong Seed { get; init; }

    public AggregationRule Rule { get; init; } = AggregationRule.Mean;

    /// <summary>Exponent e of the first round's updates, u = q·2^-e.</summary>
    public int UpdateExponent { get; init; } = 8;

    /// <summary>False with one line that says what is wrong and where.</summary>
    public static bool TryParse(
        string json, [NotNullWhen(true)] out Recipe? recipe, [NotNullWhen(false)] out string? error)
        => RecipeText.TryRead(json, out recipe, out error);

    /// <summary>Canonical: one text for one recipe.</summary>
    public string ToJson() => RecipeText.Write(this);

    public bool Equals(Recipe? other) => other is not null && ToJson() == other.ToJson();

    public override int GetHashCode() => ToJson().GetHashCode(StringComparison.Ordinal);
}

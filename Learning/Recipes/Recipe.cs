using System.Diagnostics.CodeAnalysis;
using Ledger.Learning.Aggregation;
using Ledger.Learning.Data;
using Ledger.Learning.Rounds;

namespace Ledger.Learning.Recipes;

/// <summary>Everything about learning that a task fixes, so that any peer can train, aggregate and check it.</summary>
public sealed record Recipe
{
    public const string Sgd = "sgd";
    public const string AdamW = "adamw";

    /// <summary>Of classes (two of them make it the binary cross-entropy).</summary>
    public const string CrossEntropy = "cross-entropy";

    /// <summary>The mean squared error, of numbers.</summary>
    public const string Mse = "mse";

    public required ModelChoice Model { get; init; }

    public required Schema Schema { get; init; }

    /// <summary>What is to be predicted decides it.</summary>
    public string Loss => Schema.Target is null ? CrossEntropy : Mse;

    /// <summary><see cref="Sgd"/> with momentum, or <see cref="AdamW"/>, with a fresh state in each round.</summary>
    public string Optimiser { get; init; } = Sgd;

    public required double LearningRate { get; init; }

    /// <summary>Of SGD.</summary>
    public double Momentum { get; init; }

    public double WeightDecay { get; init; }

    /// <summary>FedProx (Li et al., 2020): mu/2 times the squared distance from the round's parameters is added to the
    /// loss; 0 is FedAvg.</summary>
    public double ProximalMu { get; init; }

    public required int BatchSize { get; init; }

    public required int LocalEpochs { get; init; }

    /// <summary>Of the initial parameters of a built-in model; a file brings its own.</summary>
    public ulong Seed { get; init; }

    public AggregationRule Rule { get; init; } = AggregationRule.Mean;

    public ServerOptimiser Server { get; init; } = ServerOptimiser.None;

    /// <summary>How updates and roots travel.</summary>
    public UpdateFormat Format { get; init; }

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

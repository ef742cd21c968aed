using System.Globalization;
using Ledger.Consensus.Chain;
using Ledger.Learning.Aggregation;
using Ledger.Learning.Data;
using Ledger.Learning.Json;
using Ledger.Learning.Models;
using Ledger.Learning.Recipes;
using Ledger.Learning.Rounds;

namespace Ledger.Node.Cli;

/// <summary>
/// A training task as a person describes it. <see cref="Build"/> infers the schema from the data, sets what was left
/// open to what works for most, and computes the digests that the chain will hold everybody to.
/// </summary>
internal sealed record TaskDraft
{
    internal const ulong UsualReward = 1_000, UsualDeposit = 100;

    internal const uint UsualPatience = 5;

    private const ulong LeastWindow = 30_000;

    // Rows x epochs x parameters that two shared cores train on in a millisecond, with a wide margin.
    private const double WorkPerMs = 1e5;

    // Bytes of an update that reach everybody in a millisecond over a slow line.
    private const ulong BytesPerMs = 100;

    public required string Name { get; init; }

    public required IReadOnlyList<Source> Sources { get; init; }

    public required string? Label { get; init; }

    /// <summary>Of classes or of numbers: what is to be predicted.</summary>
    public string Loss { get; init; } = Recipe.CrossEntropy;

    public required string? Model { get; init; }

    public required uint Rounds { get; init; }

    public required string Rule { get; init; }

    public required int Parties { get; init; }

    /// <summary>Scorers of a round; 0 for none.</summary>
    public required uint Committee { get; init; }

    /// <summary>The part of the contributors that trains in a round.</summary>
    public double FractionTrain { get; init; } = 1;

    /// <summary>Fruitless rounds in a row after which the task ends; 0 for never.</summary>
    public uint Patience { get; init; } = UsualPatience;

    /// <summary>NAME, or NAME:RATE:MOMENTUM.</summary>
    public string Server { get; init; } = "none";

    /// <summary>Tokens a round.</summary>
    public ulong Reward { get; init; } = UsualReward;

    public ulong Deposit { get; init; } = UsualDeposit;

    /// <summary>SGD, but AdamW for text.</summary>
    public string? Optimiser { get; init; }

    /// <summary>Of SGD.</summary>
    public double? Momentum { get; init; }

    public double WeightDecay { get; init; }

    public double ProximalMu { get; init; }

    public string Format { get; init; } = UpdateFormats.Names[0];

    public double? LearningRate { get; init; }

    public int? BatchSize { get; init; }

    public int? LocalEpochs { get; init; }

    /// <summary>The task with all its digests, and the user's model file where it has one.</summary>
    internal (GenesisTask Task, Recipe Recipe, byte[]? ModelFile) Build(Address owner)
    {
        var schema = Schema.Infer(Sources, Label, IsMeasured());
        var (choice, file) = ChooseModel(schema);
        var recipe = Checked(RecipeOf(choice, schema));
        using var model = TorchModel.Open(recipe, file);
        return (new(owner, SpecOf(recipe, file, model)), recipe, file);
    }

    private bool IsMeasured() => Loss switch
    {
        Recipe.CrossEntropy => false,
        Recipe.Mse => true,
        _ => throw new OperatorException($"no loss '{Loss}'",
            Spelling.Suggest(Loss, [Recipe.CrossEntropy, Recipe.Mse])),
    };

    private (ModelChoice Choice, byte[]? File) ChooseModel(Schema schema)
    {
        var name = Model ?? schema switch { ImageSchema => "2nn", TextSchema => ModelChoice.OfText[0], _ => "mlp" };
        if (!name.EndsWith(".pt", StringComparison.Ordinal))
            return ModelChoice.BuiltIn.Contains(name)
                ? (new(name), null)
                : throw new OperatorException($"no model '{name}'",
                    $"{Spelling.Suggest(name, [.. ModelChoice.BuiltIn])}; a file ends with .pt");
        if (!File.Exists(name))
            throw new OperatorException($"no file '{name}'",
                "--model takes a name, or a file made by torch.jit.script(model).save()");
        var file = File.ReadAllBytes(name);
        ModelFile.Check(Path.GetFileName(name), file, schema);
        return (ModelFile.Choice(file), file);
    }

    private Recipe RecipeOf(ModelChoice model, Schema schema)
    {
        var (images, text) = (schema is ImageSchema, schema is TextSchema);
        var optimiser = Optimiser ?? (text ? Recipe.AdamW : Recipe.Sgd);
        return new()
        {
            Model = model,
            Schema = schema,
            Optimiser = optimiser,
            LearningRate = LearningRate
                ?? (optimiser == Recipe.AdamW ? text ? 0.003 : 0.001 : images ? 0.05 : 0.02),
            Momentum = Momentum ?? (optimiser == Recipe.AdamW ? 0 : 0.9),
            WeightDecay = WeightDecay,
            BatchSize = BatchSize ?? (images ? 50 : text ? 8 : 16),
            LocalEpochs = LocalEpochs ?? (images || text ? 1 : 3),
            ProximalMu = ProximalMu,
            Format = FormatOf(),
            Rule = RuleOf(),
            Server = ServerOf(),
        };
    }

    // A step of 1 with momentum 0.9 overshoots; what DiLoCo and FedAdam recommend stands where nothing is said.
    private ServerOptimiser ServerOf()
    {
        var parts = Server.Split(':');
        if (parts.Length > 3 || !ServerOptimiser.Names.Contains(parts[0]))
            throw new OperatorException($"no server optimiser '{Server}'",
                $"{Spelling.Suggest(parts[0], [.. ServerOptimiser.Names])}, and :RATE:MOMENTUM behind it");
        if (parts[0] == ServerOptimiser.NoneName)
            return ServerOptimiser.None;
        var (rate, momentum) = parts[0] switch
        {
            ServerOptimiser.ScaffoldName => (1, 0),
            "adam" or "yogi" => (0.01, 0.9),
            _ => (0.7, 0.9),
        };
        return new(parts[0], Share(1, rate), Share(2, momentum));

        int Share(int part, double usual)
        {
            var value = usual;
            if (parts.Length > part
                && !double.TryParse(parts[part], NumberStyles.Float, CultureInfo.InvariantCulture, out value))
                throw new OperatorException($"'{parts[part]}' in '{Server}' is not a number",
                    "write it as nesterov:0.7:0.9");
            return (int)Math.Round(value * ServerOptimiser.Whole);
        }
    }

    private UpdateFormat FormatOf() => UpdateFormats.Find(Format)
        ?? throw new OperatorException($"no update format '{Format}'", Spelling.Suggest(Format, UpdateFormats.Names));

    private AggregationRule RuleOf()
    {
        var parts = Rule.Split(':');
        int? f = null;
        if (parts.Length == 2 && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var liars))
            f = liars;
        if (!AggregationRule.IsName(parts[0]) || parts.Length > 2 || (parts.Length == 2 && f is null))
            throw new OperatorException($"no rule '{Rule}'",
                $"a rule is one of {string.Join(", ", AggregationRule.CombinerNames)}, with any of "
                + $"{string.Join(", ", AggregationRule.StepNames)} and '+' before it and :F behind it, "
                + "such as nnm+trimmed-mean:2");
        var rule = new AggregationRule(parts[0], f);
        return rule.CanDoWith(Parties)
            ? rule
            : throw new OperatorException(
                f is null ? $"'{Rule}' is not for {Parties} contributors"
                    : $"'{Rule}' cannot withstand {f} liars among {Parties} contributors",
                "name fewer, or take the mean");
    }

    // The numbers came from a person: the recipe's own reader says which is out of range.
    private static Recipe Checked(Recipe recipe) => Recipe.TryParse(recipe.ToJson(), out var read, out var error)
        ? read
        : throw new OperatorException($"the task's recipe: {error}", "see: ledger genesis new --help");

    private TaskSpec SpecOf(Recipe recipe, byte[]? file, TorchModel model)
    {
        var rows = Sources.Sum(source => (long)source.Rows);
        // A parameter works once a row, and in a text at every character.
        var uses = recipe.Schema is TextSchema text ? text.Window : 1;
        var training = (ulong)(rows * recipe.LocalEpochs * uses * (double)model.ParameterCount / WorkPerMs);
        var spreading = LeastWindow + (ulong)model.ParameterCount / BytesPerMs;
        return new()
        {
            Name = Name,
            Recipe = recipe.ToJson(),
            Model = TaskDigests.Model(recipe, file),
            Parameters = TaskDigests.InitialParameters(model),
            Exponent = (uint)recipe.UpdateExponent,
            Rounds = Rounds,
            Reward = Reward,
            Deposit = Deposit,
            // As many as there are honest ones at least: a round neither waits for the dead nor runs without a quorum.
            MinContributors = (uint)LeastContributors(recipe.Rule),
            Committee = Committee,
            FractionTrain = FractionOf(),
            Patience = Patience,
            CommitWindow = LeastWindow + training,
            RevealWindow = spreading,
            AttestWindow = spreading,
        };
    }

    // In thousandths, as the chain counts it.
    private uint FractionOf() => Math.Round(FractionTrain * TaskSpec.FractionTrainMax) is var permille and >= 1
        and <= TaskSpec.FractionTrainMax
        ? (uint)permille
        : throw new OperatorException(
            $"--fraction-train is {FractionTrain.ToString(CultureInfo.InvariantCulture)}",
            "give a share from 0.001 to 1", misuse: true);

    private int LeastContributors(AggregationRule rule)
    {
        var training = Math.Max(1, (int)Math.Ceiling(Parties * FractionTrain));
        return Enumerable.Range(training - (training - 1) / 3, Parties).First(rule.CanDoWith);
    }
}

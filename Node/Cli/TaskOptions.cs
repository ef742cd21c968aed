using System.CommandLine;
using Ledger.Learning.Recipes;

namespace Ledger.Node.Cli;

/// <summary>Options that describe a new training task, for <c>genesis new</c>, <c>devnet</c> and <c>task new</c>. A
/// task file has the same names as keys.</summary>
internal sealed record TaskOptions
{
    internal Option<string?> Data { get; } = new("--data")
    {
        Description = "what the task is about: digits, CSV files, texts (.txt), IDX images or a folder with MNIST's "
            + "files, .npy or .npz, or a folder of CLASS/*.png",
        HelpName = "digits|PATH[,PATH…]",
    };

    internal Option<string?> Label { get; } = new("--label")
    {
        Description = "the column to predict, or COLUMN>NUMBER for a yes or no",
        HelpName = "COLUMN",
    };

    internal Option<string> Loss { get; } = new("--loss")
    {
        Description = $"{Recipe.CrossEntropy} where the label is a class, {Recipe.Mse} where it is a number",
        HelpName = "NAME",
        DefaultValueFactory = _ => Recipe.CrossEntropy,
    };

    internal Option<string?> Model { get; } = new("--model")
    {
        Description = $"{string.Join(", ", ModelChoice.BuiltIn)}, or a TorchScript file",
        HelpName = "NAME|FILE.pt",
    };

    internal Option<uint> Rounds { get; } = new("--rounds")
    {
        Description = "rounds of learning",
        HelpName = "R",
        DefaultValueFactory = _ => 10,
    };

    internal Option<string> Rule { get; } = new("--rule")
    {
        Description = "how updates become one step: mean, median, trimmed-mean, nnm+trimmed-mean …, and :LIARS",
        HelpName = "NAME",
        DefaultValueFactory = _ => "nnm+trimmed-mean",
    };

    internal Option<uint> Committee { get; } = new("--committee")
    {
        Description = "validators that score each round's updates by a step on rows they hold out; 0 for none",
        HelpName = "N",
        DefaultValueFactory = _ => 7,
    };

    internal Option<double> FractionTrain { get; } = new("--fraction-train")
    {
        Description = "the part of the contributors that trains in a round, drawn anew each time",
        HelpName = "SHARE",
        DefaultValueFactory = _ => 1,
    };

    internal Option<uint> Patience { get; } = new("--patience")
    {
        Description = "end early after so many rounds in a row that taught the model nothing; 0 for never",
        HelpName = "ROUNDS",
        DefaultValueFactory = _ => TaskDraft.UsualPatience,
    };

    internal Option<string> ServerOptimiser { get; } = new("--server-optimiser")
    {
        Description = "what is done with a round's step: none, or momentum, nesterov, adam, "
            + "yogi or scaffold, :RATE:MOMENTUM",
        HelpName = "NAME",
        DefaultValueFactory = _ => "none",
    };

    internal Option<double> ProximalMu { get; } =
        new("--proximal-mu") { HelpName = "MU", Description = "FedProx: the pull back to the round's parameters" };

    internal Option<string> Format { get; } = new("--update-format")
    {
        Description = "how updates travel: int8, int4 (half), top-10% (a sixth), top-1% (a fiftieth)",
        HelpName = "NAME",
        DefaultValueFactory = _ => "int8",
    };

    internal Option<double?> LearningRate { get; } =
        new("--learning-rate") { HelpName = "X", Description = "of local training" };

    internal Option<int?> BatchSize { get; } = new("--batch-size") { HelpName = "N", Description = "rows a step" };

    internal Option<int?> LocalEpochs { get; } =
        new("--local-epochs") { HelpName = "N", Description = "passes over the own rows in a round" };

    internal Option<string?> Optimiser { get; } = new("--optimiser")
    {
        Description = $"of local training: {Recipe.Sgd} with momentum, or {Recipe.AdamW}; the latter for text where "
            + "nothing is said",
        HelpName = "NAME",
    };

    internal Option<double?> Momentum { get; } =
        new("--momentum") { HelpName = "X", Description = "of local training by sgd; 0.9 where nothing is said" };

    internal Option<double> WeightDecay { get; } =
        new("--weight-decay") { HelpName = "X", Description = "of local training" };

    internal Option<string?> Name { get; } =
        new("--task-name") { HelpName = "NAME", Description = "what people call the task; after its data otherwise" };

    internal Option<ulong> Reward { get; } = new("--reward")
    {
        Description = "tokens that each round pays, all rounds in advance",
        HelpName = "TOKENS",
        DefaultValueFactory = _ => TaskDraft.UsualReward,
    };

    internal Option<ulong> Deposit { get; } = new("--deposit")
    {
        Description = "tokens that a contributor loses by promising an update and not opening it",
        HelpName = "TOKENS",
        DefaultValueFactory = _ => TaskDraft.UsualDeposit,
    };

    /// <summary>In the order in which a person thinks of them.</summary>
    internal IReadOnlyList<Option> All =>
    [
        Data, Label, Loss, Name, Model, Rounds, Reward, Deposit, Rule, Committee, FractionTrain, Patience,
        ServerOptimiser, Format, Optimiser,
        LearningRate, Momentum, WeightDecay, ProximalMu, BatchSize, LocalEpochs,
    ];

    internal void AddTo(Command command)
    {
        foreach (var option in All)
            command.Add(option);
    }

    /// <summary>The task as it was described, for <paramref name="parties"/> contributors.</summary>
    internal TaskDraft Draft(ParseResult parsed, string data, int parties)
    {
        var (name, rounds) = (parsed.GetValue(Name) ?? DataFiles.NameOf(data), parsed.GetValue(Rounds));
        if (rounds == 0)
            throw new OperatorException("a task of 0 rounds learns nothing", "give rounds from 1", misuse: true);
        if (name.Length == 0)
            throw new OperatorException("a task needs a name", "give task-name a word or two", misuse: true);
        var sources = DataFiles.Open(data);
        return new()
        {
            Name = name,
            Sources = sources,
            Label = parsed.GetValue(Label) ?? (data == DataFiles.Digits ? "label" : null),
            Loss = parsed.GetRequiredValue(Loss),
            Model = parsed.GetValue(Model),
            Rounds = rounds,
            Rule = parsed.GetRequiredValue(Rule),
            Parties = parties,
            Committee = parsed.GetValue(Committee),
            FractionTrain = parsed.GetValue(FractionTrain),
            Patience = parsed.GetValue(Patience),
            Server = parsed.GetRequiredValue(ServerOptimiser),
            Reward = parsed.GetValue(Reward),
            Deposit = parsed.GetValue(Deposit),
            Optimiser = parsed.GetValue(Optimiser),
            Momentum = parsed.GetValue(Momentum),
            WeightDecay = parsed.GetValue(WeightDecay),
            ProximalMu = parsed.GetValue(ProximalMu),
            Format = parsed.GetRequiredValue(Format),
            LearningRate = parsed.GetValue(LearningRate),
            BatchSize = parsed.GetValue(BatchSize),
            LocalEpochs = parsed.GetValue(LocalEpochs),
        };
    }
}

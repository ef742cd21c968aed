using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;

namespace Ledger.Consensus.Chain;

/// <summary>
/// What a training task fixes for good. The chain reads schedule and money; the recipe (model, data schema, local
/// training, aggregation rule) is JSON text that only the learning code reads. Windows are milliseconds of block time,
/// money is in tokens.
/// </summary>
public sealed record TaskSpec
{
    /// <summary>What people call the task.</summary>
    public required string Name { get; init; }

    /// <summary>JSON text: model, schema, local training, aggregation rule.</summary>
    public required string Recipe { get; init; }

    /// <summary>The blob id of the model's code (TorchScript source or file).</summary>
    public required Digest Model { get; init; }

    /// <summary>The blob id of the initial parameters.</summary>
    public required Digest Parameters { get; init; }

    /// <summary>The power of two by which the first round's updates are scaled down.</summary>
    public required uint Exponent { get; init; }

    /// <summary>Rounds to run.</summary>
    public required uint Rounds { get; init; }

    /// <summary>Tokens paid for each round, shared by its contributors.</summary>
    public required ulong Reward { get; init; }

    /// <summary>Tokens that a contributor locks with a commitment and loses by not revealing.</summary>
    public required ulong Deposit { get; init; }

    /// <summary>A round starts with this many contributors; its parameters change only with as many updates.</summary>
    public required uint MinContributors { get; init; }

    /// <summary>How many validators with data judge a round's updates by steps of their own; 0 where nobody
    /// does.</summary>
    public uint Committee { get; init; }

    /// <summary>The part of the contributors that trains in a round, in thousandths: 1 to 1000, which is all.</summary>
    public uint FractionTrain { get; init; } = FractionTrainMax;

    /// <summary>The task ends early after so many rounds in a row in which enough took part and too few updates were
    /// good for anything; 0 for never.</summary>
    public uint Patience { get; init; }

    public required ulong CommitWindow { get; init; }

    public required ulong RevealWindow { get; init; }

    public required ulong AttestWindow { get; init; }

    /// <summary>The largest exponent that the aggregation may choose.</summary>
    public const uint ExponentMax = 20;

    public const uint FractionTrainMax = 1_000;

    /// <summary>The longest window: 30 days.</summary>
    public const ulong WindowMax = 30UL * 24 * 3600 * 1000;

    /// <summary>Whether the numbers make a task that can run and whose money adds up.</summary>
    public bool IsWellFormed =>
        Name.Length > 0 && Reader.IsLine(Name)
        && Rounds > 0 && MinContributors > 0 && CommitWindow > 0 && RevealWindow > 0 && AttestWindow > 0
        && FractionTrain is > 0 and <= FractionTrainMax
        && (UInt128)Reward * Rounds <= Limits.SupplyMax
        && (UInt128)Deposit * Limits.ContributorsMax <= Limits.SupplyMax;

    /// <summary>The task's id: unique through its owner's nonce.</summary>
    public Digest Id(Address owner, ulong nonce)
    {
        var writer = new Writer().Array(3).Address(owner).UInt(nonce);
        Write(writer);
        return Digest.Of("ledger/task", writer.Written);
    }

    public void Write(Writer writer) => writer.Array(15).Text(Name).Text(Recipe).Digest(Model).Digest(Parameters)
        .UInt(Exponent).UInt(Rounds).UInt(Reward).UInt(Deposit).UInt(MinContributors).UInt(Committee)
        .UInt(FractionTrain).UInt(Patience).UInt(CommitWindow).UInt(RevealWindow).UInt(AttestWindow);

    public static TaskSpec Read(ref Reader reader)
    {
        reader.Array(15);
        return new()
        {
            Name = reader.Line(Limits.NameCharsMax),
            Recipe = reader.Text(Limits.RecipeBytesMax),
            Model = reader.Digest(),
            Parameters = reader.Digest(),
            Exponent = reader.UInt32(ExponentMax),
            Rounds = reader.UInt32(Limits.TaskRoundsMax),
            Reward = reader.UInt(Limits.SupplyMax),
            Deposit = reader.UInt(Limits.SupplyMax),
            MinContributors = reader.UInt32(Limits.ContributorsMax),
            Committee = reader.UInt32(Limits.ScorersMax),
            FractionTrain = reader.UInt32(FractionTrainMax),
            Patience = reader.UInt32(Limits.TaskRoundsMax),
            CommitWindow = reader.UInt(WindowMax),
            RevealWindow = reader.UInt(WindowMax),
            AttestWindow = reader.UInt(WindowMax),
        };
    }
}

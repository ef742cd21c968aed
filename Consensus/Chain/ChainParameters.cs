using Ledger.Consensus.Codec;

namespace Ledger.Consensus.Chain;

/// <summary>
/// What all peers of a chain must agree on besides its accounts and tasks: the genesis file begins with them, and the
/// validators may amend them. Times are milliseconds, money is in tokens. A timeout of round r is the base plus r times
/// the increment.
/// </summary>
public sealed record ChainParameters
{
    /// <summary>The least stake that makes a validator; at least <see cref="Limits.MinimumStakeMin"/>.</summary>
    public ulong MinimumStake { get; init; } = 1_000;

    /// <summary>The least fee of a transaction.</summary>
    public ulong MinimumFee { get; init; } = 1;

    /// <summary>
    /// How long unstaked tokens stay locked, by block time, and up to one <see cref="Limits.UnbondingSteps"/>th more.
    /// </summary>
    public ulong Unbonding { get; init; } = 8UL * 24 * 3600 * 1000;

    public ulong ProposeTimeout { get; init; } = 2_000;

    public ulong ProposeIncrement { get; init; } = 500;

    public ulong VoteTimeout { get; init; } = 500;

    public ulong VoteIncrement { get; init; } = 250;

    /// <summary>A proposer with transactions waits this long after the block before.</summary>
    public ulong BlockInterval { get; init; } = 20;

    /// <summary>A proposer without transactions waits this long, so that block time goes on.</summary>
    public ulong EmptyBlockInterval { get; init; } = 500;

    /// <summary>How far honest validators' clocks lie apart at most: a block's time may be so far ahead.</summary>
    public ulong Precision { get; init; } = 500;

    /// <summary>How long a proposal may travel: in round 0 a block's time may be so far behind.</summary>
    public ulong MessageDelay { get; init; } = 5_000;

    /// <summary>
    /// How old evidence may be, by block time: less than <see cref="Unbonding"/> by a margin, so that the stake that it
    /// concerns is still there.
    /// </summary>
    public ulong EvidenceAge { get; init; } = 7UL * 24 * 3600 * 1000;

    /// <summary>
    /// How long a header may be trusted as a starting point, by block time: less than <see cref="EvidenceAge"/>, so
    /// that whoever signs another history can still be punished.
    /// </summary>
    public ulong TrustingPeriod { get; init; } = 4UL * 24 * 3600 * 1000;

    /// <summary>Thousandths of its stake, unbonding included, that a validator loses by contradicting itself.</summary>
    public ulong SlashPerMille { get; init; } = 50;

    /// <summary>A validator that misses so many blocks in a row is jailed until it asks to be back.</summary>
    public ulong DowntimeBlocks { get; init; } = 10_000;

    /// <summary>The least time in jail, by block time.</summary>
    public ulong JailTime { get; init; } = 10UL * 60 * 1000;

    /// <summary>A snapshot of the state is made at each height that is a multiple of this.</summary>
    public ulong SnapshotInterval { get; init; } = 1_000;

    /// <summary>What a header carries of them.</summary>
    public Crypto.Digest Digest()
    {
        var writer = new Writer();
        Write(writer);
        return Crypto.Digest.Of("ledger/parameters", writer.Written);
    }

    /// <summary>The key of each parameter, as in the genesis file, and its value.</summary>
    public IEnumerable<(string Key, ulong Value)> All() =>
        ParameterField.All.Select(field => (field.Key, field.Of(this)));

    /// <summary>The same with another value of one parameter.</summary>
    /// <exception cref="GenesisException">There is no such parameter, or it cannot have this value.</exception>
    public ChainParameters With(string key, ulong value)
    {
        var field = ParameterField.All.FirstOrDefault(field => field.Key == key) ?? throw new GenesisException(
            $"no parameter '{key}'", $"parameters are: {string.Join(", ", ParameterField.All.Select(f => f.Key))}");
        return value <= field.Max
            ? field.With(this, value)
            : throw new GenesisException($"parameters: '{key}' is {value}", $"use at most {field.Max}");
    }

    /// <summary>What is wrong with these values and what to do; null where a chain can live with them.</summary>
    public GenesisException? Fault() => ParameterRules.FaultIn(this);

    public void Write(Writer writer)
    {
        writer.Array(ParameterField.All.Length);
        foreach (var field in ParameterField.All)
            writer.UInt(field.Of(this));
    }

    /// <summary>What <see cref="Write"/> has written; the reader fails for anything else.</summary>
    public static ChainParameters Read(ref Reader reader)
    {
        var parameters = new ChainParameters();
        reader.Array(ParameterField.All.Length);
        foreach (var field in ParameterField.All)
            parameters = field.With(parameters, reader.UInt(field.Max));
        return parameters;
    }
}

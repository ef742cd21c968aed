using System.Collections.Immutable;
using Ledger.Consensus.Codec;

namespace Ledger.Consensus.Chain;

/// <summary>
/// A parameter of a chain by its key in the genesis file: the one list from which files are read and written and the
/// digest is made. The order is part of the protocol.
/// </summary>
internal sealed record ParameterField(
    string Key, ulong Max, Func<ChainParameters, ulong> Of, Func<ChainParameters, ulong, ChainParameters> With)
{
    internal static readonly ImmutableArray<ParameterField> All =
    [
        Tokens("minimum-stake", p => p.MinimumStake, (p, v) => p with { MinimumStake = v }),
        Tokens("minimum-fee", p => p.MinimumFee, (p, v) => p with { MinimumFee = v }),
        Time("unbonding-ms", p => p.Unbonding, (p, v) => p with { Unbonding = v }),
        Time("propose-timeout-ms", p => p.ProposeTimeout, (p, v) => p with { ProposeTimeout = v }),
        Time("propose-increment-ms", p => p.ProposeIncrement, (p, v) => p with { ProposeIncrement = v }),
        Time("vote-timeout-ms", p => p.VoteTimeout, (p, v) => p with { VoteTimeout = v }),
        Time("vote-increment-ms", p => p.VoteIncrement, (p, v) => p with { VoteIncrement = v }),
        Time("block-interval-ms", p => p.BlockInterval, (p, v) => p with { BlockInterval = v }),
        Time("empty-block-interval-ms", p => p.EmptyBlockInterval, (p, v) => p with { EmptyBlockInterval = v }),
        Time("precision-ms", p => p.Precision, (p, v) => p with { Precision = v }),
        Time("message-delay-ms", p => p.MessageDelay, (p, v) => p with { MessageDelay = v }),
        Time("evidence-age-ms", p => p.EvidenceAge, (p, v) => p with { EvidenceAge = v }),
        Time("trusting-period-ms", p => p.TrustingPeriod, (p, v) => p with { TrustingPeriod = v }),
        new("slash-per-mille", 1_000, p => p.SlashPerMille, (p, v) => p with { SlashPerMille = v }),
        Blocks("downtime-blocks", p => p.DowntimeBlocks, (p, v) => p with { DowntimeBlocks = v }),
        Time("jail-time-ms", p => p.JailTime, (p, v) => p with { JailTime = v }),
        Blocks("snapshot-interval-blocks", p => p.SnapshotInterval, (p, v) => p with { SnapshotInterval = v }),
    ];

    private static ParameterField Tokens(
        string key, Func<ChainParameters, ulong> of, Func<ChainParameters, ulong, ChainParameters> with) =>
        new(key, Limits.SupplyMax, of, with);

    private static ParameterField Time(
        string key, Func<ChainParameters, ulong> of, Func<ChainParameters, ulong, ChainParameters> with) =>
        new(key, TaskSpec.WindowMax, of, with);

    private static ParameterField Blocks(
        string key, Func<ChainParameters, ulong> of, Func<ChainParameters, ulong, ChainParameters> with) =>
        new(key, uint.MaxValue, of, with);
}

using Ledger.Consensus.Codec;

namespace Ledger.Consensus.Chain;

/// <summary>
/// What all peers of a chain must agree on besides its state; fixed in the genesis file. Times are milliseconds, money
/// is in tokens. A timeout of round r is the base plus r times the increment.
/// </summary>
public sealed record ChainParameters
{
    /// <summary>The least stake that makes a validator.</summary>
    public ulong MinimumStake { get; init; } = 1_000;

    /// <summary>The least fee of a transaction.</summary>
    public ulong MinimumFee { get; init; } = 1;

    /// <summary>How long unstaked tokens stay locked, by block time.</summary>
    public ulong Unbonding { get; init; } = 8UL * 24 * 3600 * 1000;

    public ulong ProposeTimeout { get; init; } = 2_000;

    public ulong ProposeIncrement { get; init; } = 500;

    public ulong VoteTimeout { get; init; } = 500;

    public ulong VoteIncrement { get; init; } = 250;

    /// <summary>A proposer with transactions waits this long after the block before.</summary>
    public ulong BlockInterval { get; init; } = 20;

    /// <summary>A proposer without transactions waits this long, so that block time goes on.</summary>
    public ulong EmptyBlockInterval { get; init; } = 500;

    /// <summary>How far a block's time may lie ahead of a validator's clock.</summary>
    public ulong ClockDrift { get; init; } = 5_000;

    public void Write(Writer writer) => writer.Array(10).UInt(MinimumStake).UInt(MinimumFee).UInt(Unbonding)
        .UInt(ProposeTimeout).UInt(ProposeIncrement).UInt(VoteTimeout).UInt(VoteIncrement).UInt(BlockInterval)
        .UInt(EmptyBlockInterval).UInt(ClockDrift);
}

using Ledger.Consensus.Codec;

namespace Ledger.Consensus.Engine;

/// <summary>
/// What the chain assumes about clocks and links, for proposer-based timestamps (CometBFT's PBTS): honest clocks lie at
/// most <paramref name="Precision"/> apart, and a proposal travels at most <paramref name="MessageDelay"/>, both in
/// milliseconds.
/// </summary>
public sealed record Synchrony(ulong Precision, ulong MessageDelay)
{
    /// <summary>Values for a network of wide-area links.</summary>
    public static Synchrony Standard { get; } = new(500, 5_000);

    /// <summary>
    /// How long a proposal of <paramref name="round"/> may travel, in milliseconds. It grows by a tenth each round, so
    /// that a delay that was set too short cannot stop the chain; in integers, rounded down and at least 1.
    /// </summary>
    public ulong DelayIn(uint round)
    {
        var delay = MessageDelay;
        for (uint grown = 0; grown < round && delay < Limits.TimeMax; grown++)
            delay += delay / 10 + 1;
        return delay;
    }

    /// <summary>
    /// Whether a block of <paramref name="time"/> that arrived at <paramref name="received"/>, by our clock, was built
    /// just now; both in Unix milliseconds. A liar may name any time, so the sums must not overflow.
    /// </summary>
    public bool IsTimely(ulong time, ulong received, uint round) =>
        (UInt128)received + Precision >= time && received <= (UInt128)time + DelayIn(round) + Precision;
}

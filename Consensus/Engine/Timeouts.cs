namespace Ledger.Consensus.Engine;

/// <summary>How long one step waits, in milliseconds: so much in round 0, and so much more in every further round.</summary>
public readonly record struct Timeout(uint Base, uint Increment)
{
    /// <summary>The wait in <paramref name="round"/>.</summary>
    public ulong Of(uint round) => Base + (ulong)Increment * round;
}

/// <summary>
/// The timeouts of Algorithm 1 in arXiv:1807.04938. They are parameters of the chain, not of a node, and grow without
/// bound: sooner or later they exceed whatever delay the network has, and from then on every height is decided.
/// </summary>
public sealed record Timeouts
{
    /// <summary>Starts the three clocks; each of them must grow.</summary>
    public Timeouts(Timeout propose, Timeout prevote, Timeout precommit)
    {
        if (propose.Increment == 0 || prevote.Increment == 0 || precommit.Increment == 0)
            throw new ArgumentException("a timeout that does not grow may be too short for ever");
        (Propose, Prevote, Precommit) = (propose, prevote, precommit);
    }

    /// <summary>Values for a network of wide-area links.</summary>
    public static Timeouts Standard { get; } = new(new(2_000, 500), new(500, 250), new(500, 250));

    public Timeout Propose { get; }

    public Timeout Prevote { get; }

    public Timeout Precommit { get; }

    /// <summary>How long <paramref name="step"/> waits in <paramref name="round"/>, in milliseconds.</summary>
    public ulong Of(Step step, uint round) => step switch
    {
        Step.Propose => Propose.Of(round),
        Step.Prevote => Prevote.Of(round),
        Step.Precommit => Precommit.Of(round),
        _ => throw new ArgumentOutOfRangeException(nameof(step), step, "a round has three steps"),
    };
}

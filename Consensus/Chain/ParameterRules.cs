using Ledger.Consensus.Codec;

namespace Ledger.Consensus.Chain;

/// <summary>What the parameters of a chain must satisfy together, in a genesis file and in an amendment.</summary>
internal static class ParameterRules
{
    // The part of the evidence age by which unbonding must be longer: stake votes for some blocks after it has been
    // taken back, and evidence needs time to get into a block.
    private const ulong UnbondingMargin = 16;

    /// <summary>The first breach, as one line and what to do; null where there is none.</summary>
    internal static GenesisException? FaultIn(ChainParameters p)
    {
        if (p.MinimumStake < Limits.MinimumStakeMin)
            return Wrong("minimum-stake", p.MinimumStake, $"use at least {Limits.MinimumStakeMin}");
        foreach (var (key, value) in new[]
        {
            ("propose-timeout-ms", p.ProposeTimeout), ("propose-increment-ms", p.ProposeIncrement),
            ("vote-timeout-ms", p.VoteTimeout), ("vote-increment-ms", p.VoteIncrement),
            ("trusting-period-ms", p.TrustingPeriod), ("downtime-blocks", p.DowntimeBlocks),
            ("snapshot-interval-blocks", p.SnapshotInterval),
        })
            if (value == 0)
                return Wrong(key, value, "use at least 1");
        if (p.TrustingPeriod >= p.EvidenceAge)
            return Wrong("trusting-period-ms", p.TrustingPeriod,
                $"keep it below evidence-age-ms ({p.EvidenceAge}), so that whoever misleads a reader can be punished");
        var least = p.EvidenceAge + p.EvidenceAge / UnbondingMargin + 1;
        return p.Unbonding >= least ? null : Wrong("unbonding-ms", p.Unbonding,
            $"use at least {least}: evidence-age-ms and a sixteenth, so that no stake escapes");
    }

    private static GenesisException Wrong(string key, ulong value, string hint) =>
        new($"parameters: '{key}' is {value}", hint);
}

using Ledger.Consensus.Chain;

namespace Ledger.Consensus.State;

/// <summary>Why evidence does not lead to a punishment; <see cref="None"/> where it does.</summary>
public enum EvidenceFault : byte
{
    None = 0,

    /// <summary>It proves nothing on this chain.</summary>
    NoProof,

    /// <summary>It concerns a height that is not decided yet: a later block may take it.</summary>
    TooEarly,

    Expired,

    /// <summary>A validator is punished once and for all, whatever else it has said.</summary>
    AlreadyPunished,

    /// <summary>The signer has neither stake nor unbonding tokens: anybody can make keys that contradict
    /// themselves.</summary>
    NothingAtStake,
}

/// <summary>What becomes of validators that contradict themselves.</summary>
public static class Slashing
{
    /// <summary>
    /// Whether a block that makes the state <paramref name="begun"/> may carry the evidence. One clock decides: the
    /// age is between block times, and unbonding, which lasts longer, is counted in block time too.
    /// </summary>
    public static EvidenceFault Check(ChainState begun, Evidence evidence)
    {
        if (evidence.Height >= begun.Height)
            return EvidenceFault.TooEarly;
        if (Checkpoints.IsTooOld(begun, evidence.Height))
            return EvidenceFault.Expired;
        if (begun.StandingOf(evidence.Offender).Tombstoned)
            return EvidenceFault.AlreadyPunished;
        if (!Liable(begun, evidence).Any(address => HasAnythingAtStake(begun, address)))
            return EvidenceFault.NothingAtStake;
        // Signatures last: they cost the most.
        return evidence.IsProof(begun.ChainId) ? EvidenceFault.None : EvidenceFault.NoProof;
    }

    /// <summary>
    /// Burns the offender's share and shuts it out for ever; with a fault nothing changes. All that still unbonds is
    /// liable, whenever that began: power leaves the validator set some blocks after the stake that carried it, and
    /// nobody but the offender owns it. Nobody earns by it, so that nobody gains by holding evidence back.
    /// </summary>
    public static EvidenceFault TryPunish(ref ChainState begun, Evidence evidence)
    {
        var fault = Check(begun, evidence);
        if (fault != EvidenceFault.None)
            return fault;
        foreach (var liable in Liable(begun, evidence))
            Punish(ref begun, liable);
        return EvidenceFault.None;
    }

    private static void Punish(ref ChainState begun, Address address)
    {
        var account = begun.AccountOf(address);
        var burned = Share(begun, account.Stake);
        begun = begun.With(address, account with { Stake = account.Stake - burned })
            .With(address, new Standing(Missed: 0, JailedUntil: null, Tombstoned: true));
        foreach (var (entry, amount) in begun.Unbondings)
            if (entry.Owner == address)
            {
                var share = Share(begun, amount);
                burned += share;
                begun = begun with
                {
                    Unbondings = share == amount
                        ? begun.Unbondings.Remove(entry)
                        : begun.Unbondings.SetItem(entry, amount - share),
                };
            }
        begun = begun with { Burned = begun.Burned + burned };
    }

    // Nobody is punished twice, whichever of its keys contradicted itself.
    private static IEnumerable<Address> Liable(ChainState begun, Evidence evidence) =>
        KeyRotations.Liable(begun, evidence.Offender, evidence.Height)
            .Where(address => !begun.StandingOf(address).Tombstoned);

    private static bool HasAnythingAtStake(ChainState state, Address address) =>
        state.AccountOf(address).Stake > 0 || state.Unbondings.Keys.Any(u => u.Owner == address);

    // Rounded up: splitting a stake into small parts must not save any of it.
    private static ulong Share(ChainState state, ulong amount) =>
        (ulong)(((UInt128)amount * state.Parameters.SlashPerMille + 999) / 1_000);
}

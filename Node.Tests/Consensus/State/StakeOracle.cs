using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;
using Ledger.Consensus.State;

namespace Ledger.Node.Tests.Consensus.State;

/// <summary>
/// What must hold from one block to the next whatever the rules of stake say, told from the states and the block alone:
/// it shares no code with the rules, so that a planted bug cannot hide in both.
/// </summary>
internal sealed class StakeOracle(ChainState first)
{
    private readonly ulong supply = first.Supply();
    private readonly List<ulong> times = [first.Time];
    private readonly HashSet<Address> punished = [];

    /// <summary>Offences punished so far.</summary>
    internal int Punished => punished.Count;

    /// <summary>What is wrong with a step; nothing where all is well.</summary>
    internal List<string> Complaints(ChainState before, Block block, ChainState after)
    {
        times.Add(block.Header.Time);
        var wrong = new List<string>();
        if (Sum(after) != supply)
            wrong.Add("tokens were made or lost");
        if (after.Validators != before.NextValidators || after.LastValidators != before.Validators)
            wrong.Add("a set was changed after it was announced");
        if (3 * Moved(before.NextValidators, after.NextValidators) >= before.NextValidators.TotalStake)
            wrong.Add("a third of the power changed hands in one block");
        if (after.NextValidators.Validators.Length > Limits.ValidatorsMax)
            wrong.Add("too many validators");
        foreach (var (address, stake, _) in after.NextValidators.Validators)
            if (stake > (before.NextValidators.StakeOf(address) ?? 0) && !after.StandingOf(address).MayVote)
                wrong.Add("somebody gains power who may not vote");
        CheckPunishments(before, block, after, wrong);
        return wrong;
    }

    private void CheckPunishments(ChainState before, Block block, ChainState after, List<string> wrong)
    {
        UInt128 due = 0;
        foreach (var evidence in block.Evidence)
        {
            if (!punished.Add(evidence.Offender))
                wrong.Add("somebody was punished twice");
            if (times[(int)evidence.Height] + before.Parameters.EvidenceAge < block.Header.Time)
                wrong.Add("evidence was too old");
            if (!after.StandingOf(evidence.Offender).Tombstoned)
                wrong.Add("an offender may come back");
            due += Share(before, before.AccountOf(evidence.Offender).Stake);
            foreach (var (entry, amount) in before.Unbondings)
                if (entry.Owner == evidence.Offender && entry.At > block.Header.Time)
                    due += Share(before, amount);
        }
        if (after.Burned - before.Burned != due)
            wrong.Add("another amount than the offenders' share was burned");
    }

    private static UInt128 Share(ChainState state, ulong amount)
    {
        var product = (UInt128)amount * state.Parameters.SlashPerMille;
        return product / 1_000 + (product % 1_000 == 0 ? 0u : 1u);
    }

    private static UInt128 Moved(ValidatorSet before, ValidatorSet after)
    {
        var powers = before.Validators.ToDictionary(v => v.Address, v => (Int128)v.Stake);
        foreach (var (address, stake, _) in after.Validators)
            powers[address] = powers.GetValueOrDefault(address) - (Int128)stake;
        UInt128 moved = 0;
        foreach (var change in powers.Values)
            moved += (UInt128)Int128.Abs(change);
        return moved;
    }

    private static ulong Sum(ChainState state) => state.Burned
        + state.Accounts.Values.Aggregate(0UL, (sum, a) => sum + a.Balance + a.Stake)
        + state.Unbondings.Values.Aggregate(0UL, (sum, u) => sum + u)
        + state.Tasks.Values.Aggregate(0UL, (sum, t) =>
            sum + t.Pool + (ulong)t.Round.Contributions.Count * t.Spec.Deposit);
}

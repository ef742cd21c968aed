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
    private readonly Dictionary<Address, (Address To, ulong LastPower)> rotations = [];

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
        Follow(before, block);
        CheckPunishments(before, block, after, wrong);
        foreach (var transaction in block.Transactions)
            if (transaction.Body is { Sender: var from, Payload: Payload.RotateKey { To: var to } })
                CheckRotation(from, to, after, wrong);
        return wrong;
    }

    // Up to which height in a row the old keys have had power since.
    private void Follow(ChainState before, Block block)
    {
        foreach (var (from, (to, last)) in rotations)
            if (last + 1 == block.Header.Height && before.Validators.StakeOf(from) is not null)
                rotations[from] = (to, block.Header.Height);
    }

    private void CheckRotation(Address from, Address to, ChainState after, List<string> wrong)
    {
        rotations[from] = (to, after.Height);
        if (after.StandingOf(from) != default)
            wrong.Add("a record stayed with the old key");
    }

    private List<Address> Liable(Evidence evidence)
    {
        var liable = new List<Address> { evidence.Offender };
        while (rotations.TryGetValue(liable[^1], out var to) && evidence.Height <= to.LastPower
            && !liable.Contains(to.To))
            liable.Add(to.To);
        return liable;
    }

    private void CheckPunishments(ChainState before, Block block, ChainState after, List<string> wrong)
    {
        UInt128 due = 0;
        foreach (var evidence in block.Evidence)
        {
            if (punished.Contains(evidence.Offender))
                wrong.Add("somebody was punished twice");
            if (times[(int)evidence.Height] + before.Parameters.EvidenceAge < block.Header.Time)
                wrong.Add("evidence was too old");
            foreach (var liable in Liable(evidence).Where(punished.Add))
            {
                if (!after.StandingOf(liable).Tombstoned)
                    wrong.Add("an offender may come back");
                due += Share(before, before.AccountOf(liable).Stake);
                foreach (var (entry, amount) in before.Unbondings)
                    if (entry.Owner == liable && entry.At > block.Header.Time)
                        due += Share(before, amount);
            }
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

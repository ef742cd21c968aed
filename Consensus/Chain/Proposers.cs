using System.Collections.Immutable;

namespace Ledger.Consensus.Chain;

/// <summary>
/// Who proposes: smooth weighted round robin. Each turn everyone gains its stake, the highest proposes and pays the
/// total stake, so that over a cycle each proposes in proportion to its stake
/// (CometBFT spec/consensus/proposer-selection).
/// </summary>
public static class Proposers
{
    /// <summary>
    /// The proposer of <paramref name="round"/>, for a set whose priorities stand before the height's first turn.
    /// </summary>
    public static Address Proposer(ValidatorSet set, uint round)
    {
        // Rotation repeats after at most TotalStake turns; a height with thousands of rounds must stay cheap.
        var turns = 1 + (int)(round % RoundsWithOwnTurn);
        var (_, proposer) = Turn(set, turns);
        return proposer;
    }

    /// <summary>The set after one height: priorities advance by one turn, whatever round decided it.</summary>
    public static ValidatorSet Advance(ValidatorSet set) => Turn(set, 1).Set;

    /// <summary>
    /// The set with new stakes: members who stay keep their priority, new ones start at -1.125 times the total, so that
    /// nobody gains turns by leaving and coming back.
    /// </summary>
    public static ValidatorSet WithStakes(ValidatorSet set, IEnumerable<(Address Address, ulong Stake)> stakes)
    {
        var list = stakes.ToList();
        long total = 0;
        foreach (var (_, stake) in list)
            total += (long)stake;
        var members = list.Select(s =>
            new Validator(s.Address, s.Stake, set.IndexOf(s.Address) is var i and >= 0
                ? set.Validators[i].Priority
                : -(total + total / 8)));
        return new(Centred(Clamped([.. members], total)));
    }

    private const uint RoundsWithOwnTurn = 1_000;

    private static (ValidatorSet Set, Address Proposer) Turn(ValidatorSet set, int turns)
    {
        var members = set.Validators.ToArray();
        var proposer = 0;
        for (var turn = 0; turn < turns; turn++)
        {
            proposer = 0;
            for (var i = 0; i < members.Length; i++)
            {
                members[i] = members[i] with { Priority = members[i].Priority + (long)members[i].Stake };
                // Ties go to the lowest address: members are in that order.
                if (members[i].Priority > members[proposer].Priority)
                    proposer = i;
            }
            members[proposer] = members[proposer] with { Priority = members[proposer].Priority - (long)set.TotalStake };
        }
        return (new(members), members[proposer].Address);
    }

    // The spread stays within twice the total stake, or a validator that once was huge would propose for days.
    private static ImmutableArray<Validator> Clamped(ImmutableArray<Validator> members, long total)
    {
        var spread = members.Max(m => m.Priority) - members.Min(m => m.Priority);
        var ratio = (spread + 2 * total - 1) / (2 * total);
        return ratio <= 1 ? members : [.. members.Select(m => m with { Priority = m.Priority / ratio })];
    }

    private static IEnumerable<Validator> Centred(ImmutableArray<Validator> members)
    {
        Int128 sum = 0;
        foreach (var member in members)
            sum += member.Priority;
        var mean = (long)(sum / members.Length);
        return members.Select(m => m with { Priority = m.Priority - mean });
    }
}

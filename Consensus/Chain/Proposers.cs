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
    /// The proposer of <paramref name="round"/>, for a set whose priorities stand before the height's first turn. Who
    /// asks for many rounds keeps a <see cref="ProposerTurns"/>.
    /// </summary>
    public static Address Proposer(ValidatorSet set, uint round) => new ProposerTurns(set).Of(round);

    /// <summary>The set after one height: priorities advance by one turn, whatever round decided it.</summary>
    public static ValidatorSet Advance(ValidatorSet set)
    {
        var members = set.Validators.ToArray();
        Turn(members, (long)set.TotalStake);
        return new(members);
    }

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

    /// <summary>Takes one turn of the rotation and gives the place of who proposes.</summary>
    internal static int Turn(Validator[] members, long totalStake)
    {
        var proposer = 0;
        for (var i = 0; i < members.Length; i++)
        {
            members[i] = members[i] with { Priority = members[i].Priority + (long)members[i].Stake };
            // Ties go to the lowest address: members are in that order.
            if (members[i].Priority > members[proposer].Priority)
                proposer = i;
        }
        members[proposer] = members[proposer] with { Priority = members[proposer].Priority - totalStake };
        return proposer;
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

using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;

namespace Ledger.Consensus.State;

/// <summary>
/// The way from one validator set to the next. Per block less than a third of the power changes hands, gained and lost
/// together, so that two sets in a row always share more than two thirds, and a light client that skips headers still
/// meets signers it knows. A set is never empty.
/// </summary>
internal static class PowerShift
{
    /// <summary>
    /// Members and powers one block nearer to <paramref name="target"/>, both in ascending order of address. Within the
    /// bound the lower address comes first; gains and losses get a half each where both want more, so that neither a
    /// newcomer nor one who must go can be kept waiting by the others.
    /// </summary>
    internal static List<(Address Address, ulong Stake)> Toward(
        ValidatorSet set, IReadOnlyList<(Address Address, ulong Stake)> target)
    {
        var members = Merge(set, target);
        ulong gain = 0, loss = 0;
        foreach (var (_, now, goal) in members)
        {
            gain += goal > now ? goal - now : 0;
            loss += now > goal ? now - goal : 0;
        }
        // The largest sum whose triple is below the total.
        var most = (set.TotalStake - 1) / 3;
        var up = Math.Min(Math.Min(gain, most - Math.Min(loss, most / 2)), Limits.SupplyMax - set.TotalStake);
        var down = Math.Min(loss, most - up);

        for (var i = 0; i < members.Count; i++)
        {
            var (address, now, goal) = members[i];
            var less = Math.Min(now - Math.Min(now, goal), down);
            down -= less;
            members[i] = (address, now - less, goal);
        }
        // A seat is free only when its owner has lost all power.
        var seats = Limits.ValidatorsMax - members.Count(m => m.Now > 0);
        for (var i = 0; i < members.Count; i++)
        {
            var (address, now, goal) = members[i];
            var more = now == 0 && seats == 0 ? 0 : Math.Min(goal - Math.Min(now, goal), up);
            seats -= now == 0 && more > 0 ? 1 : 0;
            up -= more;
            members[i] = (address, now + more, goal);
        }
        return [.. members.Where(m => m.Now > 0).Select(m => (m.Address, m.Now))];
    }

    // Without anybody who may vote the set stays as it is: it halts if they do not act, and nothing else could go on.
    private static List<(Address Address, ulong Now, ulong Goal)> Merge(
        ValidatorSet set, IReadOnlyList<(Address Address, ulong Stake)> target)
    {
        var merged = new List<(Address, ulong, ulong)>();
        var next = 0;
        foreach (var (address, stake, _) in set.Validators)
        {
            for (; next < target.Count && target[next].Address < address; next++)
                merged.Add((target[next].Address, 0, target[next].Stake));
            var stays = next < target.Count && target[next].Address == address;
            merged.Add((address, stake, stays ? target[next].Stake : target.Count == 0 ? stake : 0));
            next += stays ? 1 : 0;
        }
        for (; next < target.Count; next++)
            merged.Add((target[next].Address, 0, target[next].Stake));
        return merged;
    }
}

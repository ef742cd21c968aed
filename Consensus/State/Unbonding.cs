using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;

namespace Ledger.Consensus.State;

/// <summary>
/// When tokens come free, by block time in milliseconds, and whose they are. Times are rounded up to a grid, and what
/// one owner gets at one time is one entry: whoever unstakes token by token makes no more entries than the grid has
/// points in an unbonding time.
/// </summary>
public readonly record struct Unbonding(ulong At, Address Owner) : IComparable<Unbonding>
{
    /// <summary>The entry for tokens that leave the stake now.</summary>
    internal static Unbonding Begin(ChainState state, Address owner)
    {
        var step = (state.Parameters.Unbonding + Limits.UnbondingSteps - 1) / Limits.UnbondingSteps;
        var earliest = state.Time + state.Parameters.Unbonding;
        return new(step == 0 ? earliest : (earliest + step - 1) / step * step, owner);
    }

    /// <summary>Gives back what is due; more than a block has to do at once waits for the next.</summary>
    internal static ChainState Release(ChainState state)
    {
        var due = state.Unbondings.TakeWhile(u => u.Key.At <= state.Time).Take(Limits.BlockReleasesMax).ToList();
        if (due.Count == 0)
            return state;
        state = state with { Unbondings = state.Unbondings.RemoveRange(due.Select(u => u.Key)) };
        foreach (var ((_, owner), amount) in due)
            Money.Credit(ref state, owner, amount);
        return state;
    }

    /// <inheritdoc/>
    public int CompareTo(Unbonding other) =>
        At.CompareTo(other.At) is var order and not 0 ? order : Owner.CompareTo(other.Owner);

    public static bool operator <(Unbonding left, Unbonding right) => left.CompareTo(right) < 0;

    public static bool operator >(Unbonding left, Unbonding right) => left.CompareTo(right) > 0;

    public static bool operator <=(Unbonding left, Unbonding right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Unbonding left, Unbonding right) => left.CompareTo(right) >= 0;
}

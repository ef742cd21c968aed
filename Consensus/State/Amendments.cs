using System.Collections.Immutable;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;

namespace Ledger.Consensus.State;

/// <summary>
/// How a chain changes its own rules: each validator votes for one amendment at most, what more than two thirds of the
/// stake vote for is scheduled, and at its height it comes into force. A later amendment takes the place of one that is
/// scheduled, so that a mistake can be taken back until then.
/// </summary>
public static class Amendments
{
    /// <summary>Why the validators of a state may not vote for an amendment; <see cref="Rejection.None"/> where they
    /// may.</summary>
    public static Rejection Check(ChainState state, Amendment amendment) => amendment switch
    {
        _ when amendment.Height <= state.Height + 1 || amendment.Height - state.Height > Limits.AmendmentAheadMax =>
            Rejection.AmendmentOutOfTime,
        _ when amendment.Version < state.Version || amendment.Version > state.Version + 1
            || !KeepsPeriods(state.Parameters, amendment.Parameters) || amendment.Parameters.Fault() is not null =>
            Rejection.AmendmentMalformed,
        _ => Rejection.None,
    };

    internal static Rejection Vote(ref ChainState state, Address sender, Amendment amendment)
    {
        if (state.Validators.IndexOf(sender) < 0)
            return Rejection.NotValidator;
        var refused = Check(state, amendment);
        if (refused == Rejection.None)
            state = state with { AmendmentVotes = state.AmendmentVotes.SetItem(sender, amendment) };
        return refused;
    }

    /// <summary>The last step of a block but one: votes are counted by the stakes of those who vote on this block, and
    /// what is due holds from the next one on.</summary>
    internal static ChainState Decide(ChainState state)
    {
        if (state.AmendmentVotes.IsEmpty && state.Scheduled is null)
            return state;
        var next = state.Height + 1;
        var open = state.AmendmentVotes.RemoveRange(
            state.AmendmentVotes.Where(vote => vote.Value.Height <= next).Select(vote => vote.Key));
        var elected = Tally(state.Validators, open)
            .FirstOrDefault(each => state.Validators.IsQuorum(each.Stake)).Amendment;
        var scheduled = elected ?? state.Scheduled;
        if (elected is not null)
            open = open.RemoveRange(open.Where(vote => vote.Value == elected).Select(vote => vote.Key));
        return scheduled is { } due && due.Height == next
            ? state with
            {
                // What was asked for under other rules may mean something else now: ask again.
                AmendmentVotes = open.Clear(),
                Scheduled = null,
                Version = due.Version,
                Parameters = due.Parameters,
            }
            : state with { AmendmentVotes = open, Scheduled = scheduled };
    }

    /// <summary>The stake behind each amendment.</summary>
    public static IEnumerable<(Amendment Amendment, ulong Stake)> Tally(
        ValidatorSet validators, ImmutableSortedDictionary<Address, Amendment> votes) =>
        votes.GroupBy(vote => vote.Value, vote => validators.StakeOf(vote.Key) ?? 0)
            .Select(group => (group.Key, group.Aggregate(0UL, (sum, stake) => sum + stake)));

    // On these rests the trust of light clients that were begun before, and the evidence against stake that is on its
    // way out already.
    private static bool KeepsPeriods(ChainParameters now, ChainParameters then) =>
        (now.Unbonding, now.EvidenceAge, now.TrustingPeriod) == (then.Unbonding, then.EvidenceAge, then.TrustingPeriod);
}

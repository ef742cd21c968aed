using System.Collections.Immutable;
using Ledger.Consensus.Chain;

namespace Ledger.Consensus.State;

/// <summary>
/// The end of a round: new parameters become canonical, rewards are paid, deposits return, the next round begins.
/// </summary>
internal static class Closing
{
    /// <summary>
    /// Applies a closing whose parameters the host has recomputed. Whether the included updates give these parameters
    /// is the one thing that this function cannot know.
    /// </summary>
    internal static bool TryApply(ref ChainState state, CloseRound closing)
    {
        if (!state.Tasks.TryGetValue(closing.Task, out var task) || task.Round.Phase != Phase.Close
            || task.Round.Number != closing.Round)
            return false;
        var included = Rounds.Included(state, task);
        var carriesOver = Rounds.CarriesOver(task, included);
        if (carriesOver && (closing.Parameters != task.Round.Parameters || closing.Exponent != task.Round.Exponent))
            return false;

        var paid = carriesOver ? [] : Rewards(included, Math.Min(task.Spec.Reward, task.Pool));
        foreach (var (contributor, reward) in paid)
            Money.Credit(ref state, contributor, reward);
        foreach (var contributor in task.Round.Revealed)
            Money.Credit(ref state, contributor, task.Spec.Deposit);
        var unrevealed = (ulong)(task.Round.Contributions.Count - task.Round.Revealed.Count());
        var pool = task.Pool + unrevealed * task.Spec.Deposit;
        foreach (var (_, reward) in paid)
            pool -= reward;

        state = Finish(state, Next(state, task with { Pool = pool }, closing, paid));
        return true;
    }

    /// <summary>Equal shares that sum to the reward; the remainder goes one token each to the first in order.</summary>
    internal static ImmutableArray<(Address Contributor, ulong Reward)> Rewards(
        ImmutableArray<Address> included, ulong reward)
    {
        var count = (ulong)included.Length;
        return [.. included.Select((c, i) => (c, reward / count + ((ulong)i < reward % count ? 1UL : 0)))];
    }

    private static LearningTask Next(
        ChainState state, LearningTask task, CloseRound closing, ImmutableArray<(Address, ulong)> paid) => task with
        {
            Results = task.Results.Add(new()
            {
                Number = task.Round.Number,
                Height = state.Height,
                Time = state.Time,
                Parameters = closing.Parameters,
                Exponent = closing.Exponent,
                Committed = (uint)task.Round.Contributions.Count,
                Revealed = (uint)task.Round.Revealed.Count(),
                Paid = paid,
            }),
            Round = new()
            {
                Number = task.Round.Number + 1,
                Phase = task.Round.Number == task.Spec.Rounds ? Phase.Finished : Phase.Waiting,
                Deadline = state.Time,
                Parameters = closing.Parameters,
                Exponent = closing.Exponent,
            },
        };

    // What rounds without result and lost deposits have left in the pool goes back to the one who funded the task.
    private static ChainState Finish(ChainState state, LearningTask task)
    {
        if (task.Round.Phase != Phase.Finished)
            return state.With(task);
        Money.Credit(ref state, task.Owner, task.Pool);
        return state.With(task with { Pool = 0 });
    }
}

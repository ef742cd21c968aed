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
        if (closing.Verdicts.Length != (Rounds.CarriesOver(task, included) ? 0 : included.Length)
            || closing.Cosines.Length != closing.Verdicts.Length * task.Round.IncludedRoots.Length)
            return false;
        if (TooFewTaken(task, closing.Verdicts) && !KeepsEverything(task.Round, closing))
            return false;

        var shards = task.Shards;
        // Whoever was late with something else may have lost its seat to a newcomer meanwhile.
        foreach (var (contributor, verdict) in included.Zip(closing.Verdicts))
            if (shards.TryGetValue(contributor, out var shard))
                shards = shards.SetItem(contributor, shard with
                {
                    Merit = Rewards.Smoothed(shard.Merit, verdict.Merit),
                });
        var paid = Pay(task with { Shards = shards }, included, closing.Verdicts);
        foreach (var payment in paid)
            Money.Credit(ref state, payment.Contributor, payment.Reward);
        var pool = task.Pool;
        foreach (var contributor in task.Round.Contributions.Keys)
        {
            var back = Returned(task, contributor, included);
            Money.Credit(ref state, contributor, back);
            pool += task.Spec.Deposit - back;
        }
        foreach (var payment in paid)
            pool -= payment.Reward;

        state = Finish(state, Next(state, task with { Pool = pool, Shards = shards }, closing, paid));
        return true;
    }

    // Nothing for a promise that was not opened, and half for one whose update did not reach two thirds of the stake:
    // it has let everybody wait for a window, and nobody can tell a withheld blob from a slow line.
    private static ulong Returned(LearningTask task, Address contributor, ImmutableArray<Address> included) =>
        task.Round.Contributions[contributor].Blob is null ? 0
            : included.Contains(contributor) ? task.Spec.Deposit
            : task.Spec.Deposit - task.Spec.Deposit / 2;

    private static bool TooFewTaken(LearningTask task, IEnumerable<Verdict> verdicts) =>
        verdicts.Count(verdict => verdict.Shares > 0) < task.Spec.MinContributors;

    private static bool KeepsEverything(Round round, CloseRound closing) =>
        closing.Parameters == round.Parameters && closing.Exponent == round.Exponent && closing.Server == round.Server;

    private static ImmutableArray<Payment> Pay(
        LearningTask task, ImmutableArray<Address> included, ImmutableArray<Verdict> verdicts)
    {
        // Too few taken: nothing was learnt, so nothing is paid.
        var reward = TooFewTaken(task, verdicts) ? 0 : Math.Min(task.Spec.Reward, task.Pool);
        var shares = Rewards.Share(
            [.. verdicts.Select((verdict, i) => task.Shards.GetValueOrDefault(included[i])?.Merit ?? verdict.Merit)],
            reward);
        return [.. verdicts.Select((verdict, i) => PaymentFor(task.Round, included[i], shares[i], verdict))];
    }

    private static Payment PaymentFor(Round round, Address contributor, ulong reward, Verdict verdict) => new(
        contributor, reward, verdict, round.Contributions[contributor].Blob!.Value,
        round.Contributions[contributor].Order);

    private static JudgingRoot RootOf(Round round, Address scorer) =>
        new(scorer, round.Scorers[scorer].Weight, round.Scorers[scorer].Blob!.Value);

    private static LearningTask Next(
        ChainState state, LearningTask task, CloseRound closing, ImmutableArray<Payment> paid)
    {
        var fruitless = IsFruitless(task, closing.Verdicts) ? task.Round.Fruitless + 1 : 0;
        var ends = task.Round.Number == task.Spec.Rounds
            || (task.Spec.Patience > 0 && fruitless >= task.Spec.Patience);
        return task.With(ResultOf(state, task.Round, closing, paid)) with
        {
            Round = new()
            {
                Number = task.Round.Number + 1,
                Phase = ends ? Phase.Finished : Phase.Waiting,
                Deadline = state.Time,
                Parameters = closing.Parameters,
                Exponent = closing.Exponent,
                Server = closing.Server,
                Fruitless = fruitless,
            },
        };
    }

    private static RoundResult ResultOf(
        ChainState state, Round round, CloseRound closing, ImmutableArray<Payment> paid) => new()
        {
            Number = round.Number,
            Height = state.Height,
            Time = state.Time,
            Parameters = closing.Parameters,
            Exponent = closing.Exponent,
            Committed = (uint)round.Contributions.Count,
            Revealed = (uint)round.Revealed.Count(),
            Bytes = closing.Bytes,
            Paid = paid,
            Roots = [.. round.IncludedRoots.Select(scorer => RootOf(round, scorer))],
            Cosines = closing.Cosines,
            Lot = round.Lot,
            Server = closing.Server,
        };

    // Held-out rows say that more steps of this kind do not help: rounds to come would cost fees and pay nothing.
    // Where too few took part there are no verdicts: that says nothing about the model.
    private static bool IsFruitless(LearningTask task, ImmutableArray<Verdict> verdicts) =>
        verdicts.Length > 0 && TooFewTaken(task, verdicts);

    // What rounds without result and lost deposits have left in the pool goes back to the one who funded the task.
    private static ChainState Finish(ChainState state, LearningTask task)
    {
        if (task.Round.Phase != Phase.Finished)
            return state.With(task);
        Money.Credit(ref state, task.Owner, task.Pool);
        return state.With(task with { Pool = 0 });
    }
}

using System.Collections.Immutable;
using Ledger.Consensus.Chain;

namespace Ledger.Consensus.State;

/// <summary>
/// The course of a round of learning: Waiting, Commit, Reveal, Attest, Close. A window ends when block time passes its
/// deadline, or as soon as everyone who could act has acted. Nobody who is missing can hold a round up.
/// </summary>
public static class Rounds
{
    /// <summary>Moves every task on as far as block time and what has been said allow.</summary>
    internal static ChainState Advance(ChainState state)
    {
        foreach (var task in state.Tasks.Values)
        {
            var moved = task;
            // Each step leads to a later phase, so this ends; Commit may fall back to Waiting, which stands still.
            for (var next = Step(state, moved); next != moved; next = Step(state, moved))
                moved = next;
            if (moved != task)
                state = state.With(moved);
        }
        return state;
    }

    /// <summary>
    /// The contributors whose revealed updates validators with more than 2/3 of the stake say they hold. Once the round
    /// waits for its aggregate the set is fixed: stakes that change later must not change what is being computed.
    /// </summary>
    public static ImmutableArray<Address> Included(ChainState state, LearningTask task) =>
        task.Round.Phase == Phase.Close
            ? task.Round.Included
            : [.. task.Round.Revealed.Where(c => IsHeld(state, task, holding => holding.Updates.Contains(c)))];

    /// <summary>The scorers whose revealed roots as much of the stake holds; fixed with the included updates.</summary>
    public static ImmutableArray<Address> IncludedRoots(ChainState state, LearningTask task) =>
        task.Round.Phase == Phase.Close
            ? task.Round.IncludedRoots
            : [.. task.Round.RevealedRoots.Where(s => IsHeld(state, task, holding => holding.Roots.Contains(s)))];

    /// <summary>Whether so few updates are included that the parameters are carried over.</summary>
    public static bool CarriesOver(LearningTask task, ImmutableArray<Address> included) =>
        included.Length < task.Spec.MinContributors;

    private static LearningTask Step(ChainState state, LearningTask task) => task.Round.Phase switch
    {
        Phase.Waiting when task.Shards.Count(s => s.Value.Active) >= task.Spec.MinContributors =>
            Begin(state, task),
        Phase.Commit when IsOver(state, task) || EveryoneHasCommitted(task) => EndCommit(state, task),
        Phase.Reveal when IsOver(state, task) || EveryoneHasRevealed(task) =>
            task.Round.Revealed.Any()
                ? Enter(state, task, Phase.Attest, task.Spec.AttestWindow)
                : EnterClose(state, task),
        Phase.Attest when IsOver(state, task) || EverythingIsHeld(state, task) =>
            EnterClose(state, task),
        _ => task,
    };

    private static LearningTask Begin(ChainState state, LearningTask task)
    {
        var begun = Enter(state, task, Phase.Commit, task.Spec.CommitWindow);
        return begun with { Round = Sampling.Draw(state, begun) with { Scorers = Committee.Draw(state, task) } };
    }

    private static LearningTask EndCommit(ChainState state, LearningTask task)
    {
        var present = task with
        {
            Shards = task.Shards.SetItems(task.Shards
                .Where(s => s.Value.Active && (IsMissing(task, s.Key)
                    || task.Round.Scorers.GetValueOrDefault(s.Key) is { Commitment: null }))
                .Select(s => KeyValuePair.Create(s.Key, s.Value with { Active = false })).ToList()),
        };
        return task.Round.Contributions.IsEmpty
            ? Enter(state, present, Phase.Waiting, 0)
            : Enter(state, present, Phase.Reveal, task.Spec.RevealWindow);
    }

    private static LearningTask EnterClose(ChainState state, LearningTask task)
    {
        var closing = Enter(state, task, Phase.Close, 0);
        return closing with
        {
            Round = closing.Round with
            {
                Included = Included(state, task),
                IncludedRoots = IncludedRoots(state, task),
                Lot = Lots.Draw(task),
            },
        };
    }

    private static bool IsOver(ChainState state, LearningTask task) => state.Time >= task.Round.Deadline;

    private static bool EveryoneHasCommitted(LearningTask task) =>
        !task.Round.Contributions.IsEmpty
        && !task.Shards.Any(s => s.Value.Active && IsMissing(task, s.Key))
        && task.Round.Scorers.Values.All(scorer => scorer.Commitment is not null);

    private static bool IsMissing(LearningTask task, Address contributor) =>
        !task.Round.Contributions.ContainsKey(contributor) && Sampling.Takes(task, contributor);

    private static bool EveryoneHasRevealed(LearningTask task) =>
        task.Round.Contributions.Values.All(c => c.Blob is not null)
        && task.Round.Scorers.Values.All(s => s.Commitment is null || s.Blob is not null);

    private static bool EverythingIsHeld(ChainState state, LearningTask task) =>
        Included(state, task).Length == task.Round.Revealed.Count()
        && IncludedRoots(state, task).Length == task.Round.RevealedRoots.Count();

    private static LearningTask Enter(ChainState state, LearningTask task, Phase phase, ulong window) =>
        task with { Round = task.Round with { Phase = phase, Deadline = state.Time + window } };

    private static bool IsHeld(ChainState state, LearningTask task, Func<Holding, bool> has)
    {
        UInt128 stake = 0;
        foreach (var (validator, holding) in task.Round.Held)
            if (has(holding))
                stake += state.Validators.StakeOf(validator) ?? 0;
        return state.Validators.IsQuorum(stake);
    }
}

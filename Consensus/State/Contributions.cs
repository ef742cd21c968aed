using System.Collections.Immutable;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;

namespace Ledger.Consensus.State;

/// <summary>What contributors and validators may say in a round of learning, and when.</summary>
internal static class Contributions
{
    internal static Rejection Create(ref ChainState state, Transaction transaction, TaskSpec spec)
    {
        var id = spec.Id(transaction.Sender, transaction.Nonce);
        if (state.Tasks.ContainsKey(id))
            return Rejection.TaskExists;
        if (!spec.IsWellFormed)
            return Rejection.TaskMalformed;
        var refused = Money.Debit(ref state, transaction.Sender, spec.Reward * spec.Rounds);
        if (refused == Rejection.None)
            state = state.With(LearningTask.Create(id, transaction.Sender, spec, state.Height, state.Time));
        return refused;
    }

    internal static Rejection Submit(ref ChainState state, Address sender, Payload.SubmitShard shard)
    {
        if (!state.Tasks.TryGetValue(shard.Task, out var task))
            return Rejection.UnknownTask;
        if (task.Round.Phase == Phase.Finished)
            return Rejection.TaskFinished;
        if (shard.Rows == 0)
            return Rejection.EmptyShard;
        if (!TrySeat(task, sender, out var seated))
            return Rejection.TooManyContributors;
        state = state.With(task with
        {
            Shards = seated.SetItem(sender, new(
                shard.Root, shard.Manifest, shard.Rows, shard.Validation, shard.HeldOut, Active: true,
                seated.GetValueOrDefault(sender)?.Merit, shard.Terms)),
        });
        return Rejection.None;
    }

    // What was promised in this round stays promised: its deposit answers for it.
    internal static Rejection Withdraw(ref ChainState state, Address sender, Payload.WithdrawShard withdraw)
    {
        if (!state.Tasks.TryGetValue(withdraw.Task, out var task))
            return Rejection.UnknownTask;
        if (!task.Shards.ContainsKey(sender))
            return Rejection.NoShard;
        state = state.With(task with { Shards = task.Shards.Remove(sender) });
        return Rejection.None;
    }

    internal static Rejection Commit(ref ChainState state, Address sender, Payload.CommitUpdate commit)
    {
        var refused = Find(state, commit.Task, commit.Round, Phase.Commit, out var task);
        if (refused != Rejection.None)
            return refused;
        if (!task.Shards.TryGetValue(sender, out var shard))
            return Rejection.NoShard;
        if (task.Round.Contributions.ContainsKey(sender))
            return Rejection.AlreadyCommitted;
        if (!Sampling.Takes(task, sender))
            return Rejection.NotSampled;
        refused = Money.Debit(ref state, sender, task.Spec.Deposit);
        if (refused != Rejection.None)
            return refused;

        var order = (uint)task.Round.Contributions.Count;
        var contribution = new Contribution(commit.Commitment, Blob: null, shard.Rows, order);
        state = state.With(task with
        {
            Shards = task.Shards.SetItem(sender, shard with { Active = true }),
            Round = task.Round with { Contributions = task.Round.Contributions.Add(sender, contribution) },
        });
        return Rejection.None;
    }

    internal static Rejection Reveal(ref ChainState state, Address sender, Payload.RevealUpdate reveal)
    {
        var refused = Find(state, reveal.Task, reveal.Round, Phase.Reveal, out var task);
        if (refused != Rejection.None)
            return refused;
        if (!task.Round.Contributions.TryGetValue(sender, out var contribution))
            return Rejection.NotCommitted;
        if (contribution.Blob is not null)
            return Rejection.AlreadyRevealed;
        var promised = UpdateCommitment.Of(
            state.ChainId, task.Id, task.Round.Number, task.Round.Parameters, sender, reveal.Salt, reveal.Blob);
        if (promised != contribution.Commitment)
            return Rejection.RevealMismatch;

        var revealed = contribution with { Blob = reveal.Blob, Rows = reveal.Rows };
        state = state.With(task with
        {
            Round = task.Round with
            {
                Contributions = task.Round.Contributions.SetItem(sender, revealed),
                Opened = Lots.With(task.Round.Opened, sender, reveal.Salt),
            },
        });
        return Rejection.None;
    }

    internal static Rejection CommitRoot(ref ChainState state, Address sender, Payload.CommitRoot commit)
    {
        var refused = Find(state, commit.Task, commit.Round, Phase.Commit, out var task);
        if (refused != Rejection.None)
            return refused;
        if (!task.Round.Scorers.TryGetValue(sender, out var scorer))
            return Rejection.NotScorer;
        if (scorer.Commitment is not null)
            return Rejection.AlreadyCommitted;
        state = state.With(With(task, sender, scorer with { Commitment = commit.Commitment }));
        return Rejection.None;
    }

    internal static Rejection RevealRoot(ref ChainState state, Address sender, Payload.RevealRoot reveal)
    {
        var refused = Find(state, reveal.Task, reveal.Round, Phase.Reveal, out var task);
        if (refused != Rejection.None)
            return refused;
        if (task.Round.Scorers.GetValueOrDefault(sender) is not { Commitment: { } commitment } scorer)
            return Rejection.NotCommitted;
        if (scorer.Blob is not null)
            return Rejection.AlreadyRevealed;
        var promised = UpdateCommitment.OfRoot(
            state.ChainId, task.Id, task.Round.Number, task.Round.Parameters, sender, reveal.Salt, reveal.Blob);
        if (promised != commitment)
            return Rejection.RevealMismatch;
        state = state.With(With(task, sender, scorer with { Blob = reveal.Blob }));
        return Rejection.None;
    }

    internal static Rejection Attest(ref ChainState state, Address sender, Payload.Attest attest)
    {
        var refused = Find(state, attest.Task, attest.Round, Phase.Attest, out var task);
        if (refused != Rejection.None)
            return refused;
        if (state.Validators.IndexOf(sender) < 0)
            return Rejection.NotValidator;
        var before = task.Round.Held.GetValueOrDefault(sender, Holding.Nothing);
        var held = new Holding(before.Updates.Union(attest.Held), before.Roots.Union(attest.Roots));
        if (held.Count == before.Count || !held.Updates.IsSubsetOf(task.Round.Revealed)
            || !held.Roots.IsSubsetOf(task.Round.RevealedRoots))
            return Rejection.NothingToAttest;
        // Words of former validators carry no stake; kept, they would outgrow what the state's encoding allows.
        var validators = state.Validators;
        var current = task.Round.Held.RemoveRange(task.Round.Held.Keys.Where(v => validators.IndexOf(v) < 0).ToList());
        state = state.With(task with { Round = task.Round with { Held = current.SetItem(sender, held) } });
        return Rejection.None;
    }

    internal static Rejection Evaluate(ref ChainState state, Address sender, Payload.Evaluate evaluate)
    {
        if (!state.Tasks.TryGetValue(evaluate.Task, out var task))
            return Rejection.UnknownTask;
        if (!task.Shards.TryGetValue(sender, out var shard))
            return Rejection.NoShard;
        if (task.ResultOf(evaluate.Round) is not { } result || result.Parameters != evaluate.Parameters)
            return Rejection.UnknownResult;
        if (result.Evaluations.ContainsKey(sender))
            return Rejection.AlreadyEvaluated;
        if (evaluate.Total == 0 || evaluate.Correct > evaluate.Total || evaluate.Total > shard.HeldOut)
            return Rejection.CountsOutOfRange;

        var evaluated = result with
        {
            Evaluations = result.Evaluations.Add(sender, new(evaluate.Correct, evaluate.Total, evaluate.Loss)),
        };
        state = state.With(task.Changed(evaluated));
        return Rejection.None;
    }

    // Shards are cheap to announce. Where all places are taken, one that has missed its round gives way: whoever only
    // sits there keeps nobody out for longer than a round.
    private static bool TrySeat(
        LearningTask task, Address sender, out ImmutableSortedDictionary<Address, Shard> seated)
    {
        seated = task.Shards;
        if (seated.Count < Limits.ContributorsMax || seated.ContainsKey(sender))
            return true;
        foreach (var (owner, shard) in seated)
            if (!shard.Active)
            {
                seated = seated.Remove(owner);
                return true;
            }
        return false;
    }

    private static Rejection Find(
        ChainState state, Crypto.Digest id, uint round, Phase phase, out LearningTask task)
    {
        task = state.Tasks.GetValueOrDefault(id)!;
        if (task is null)
            return Rejection.UnknownTask;
        if (task.Round.Number != round)
            return Rejection.WrongRound;
        return task.Round.Phase == phase ? Rejection.None : Rejection.WrongPhase;
    }

    private static LearningTask With(LearningTask task, Address sender, Scorer scorer) =>
        task with { Round = task.Round with { Scorers = task.Round.Scorers.SetItem(sender, scorer) } };
}

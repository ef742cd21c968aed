using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.State;
using Ledger.Learning.Aggregation;
using Ledger.Learning.Attacks;
using Ledger.Learning.Rounds;
using Ledger.Node.Host;
using Ledger.Node.Storage;
using Shard = Ledger.Learning.Data.Shard;

namespace Ledger.Node.Training;

/// <summary>
/// A contributor's part in a round: announce the shard, train, commit, reveal, do the same with a root where it has a
/// seat in the committee, and count how well the canonical model does on the rows held out. What to do next is read
/// off the chain's state each time, so that a restart goes on where it was and nothing is said twice.
/// </summary>
internal sealed class Contributor(
    Store store, TaskCatalog catalog, ShardStore shards, TrainingWorker worker, Submitter submitter, Address self,
    Action<Digest> want, Attack? attack = null)
{
    // Whoever is slower than the window does what it can: an update, then a root, then there is time to commit them.
    private const double TrainingPart = 0.5, RootPart = 0.2;

    private readonly HashSet<(Digest Task, uint Round)> training = [], rooting = [], evaluating = [];
    private readonly Promises promises = new(store, "ledger/promise", attack);
    private readonly Promises roots = new(store, "ledger/root-promise");

    /// <summary>Does what can be done: call after each block and each blob.</summary>
    internal void Proceed(ChainState state)
    {
        foreach (var mine in shards.All)
            if (state.Tasks.TryGetValue(mine.Task, out var task) && catalog.Find(task) is { } kit)
                Proceed(state, task, kit, mine);
        foreach (var task in shards.Withdrawn)
            Withdraw(state, task);
        foreach (var task in state.Tasks.Values)
            if (task.Round.Phase == Phase.Reveal
                && task.Round.Contributions.GetValueOrDefault(self) is { Blob: null } mine)
                Reveal(task, mine);
    }

    private void Proceed(ChainState state, LearningTask task, TaskKit kit, HomeShard mine)
    {
        var round = task.Round;
        if (round.Phase != Phase.Finished && !IsAnnounced(task, mine))
            Announce(mine, done: null);
        if (round.Phase == Phase.Commit && !round.Contributions.ContainsKey(self) && task.Shards.ContainsKey(self)
            && Sampling.Takes(task, self))
            Commit(state, task, kit, mine.Shard);
        ProceedAsScorer(state, task, kit, mine.Shard);
        Evaluate(task, kit, mine.Shard);
    }

    private bool IsAnnounced(LearningTask task, HomeShard mine) =>
        (task.Shards.GetValueOrDefault(self) is { Active: true } announced
            && announced.Manifest == mine.Manifest.Digest)
        || IsPending<Payload.SubmitShard>(p => p.Task == task.Id);

    /// <summary>Says on chain what this node has for a task.</summary>
    internal void Announce(HomeShard mine, Action<Submission>? done) =>
        submitter.Submit(Announcement(mine), fee: null, done);

    /// <summary>Why the chain would refuse a shard now; <see cref="Rejection.None"/> where it would take it.</summary>
    internal Rejection RefusalOf(HomeShard shard) => submitter.RefusalOf(Announcement(shard));

    private static Payload.SubmitShard Announcement(HomeShard mine) => new(
        mine.Task, Digest.From(mine.Shard.Root), mine.Manifest.Digest, (uint)mine.Shard.Training.Rows,
        (uint)mine.Shard.Validation.Rows, (uint)mine.Shard.HeldOut.Rows, mine.Origin.Terms);

    // Says on chain that this node's rows are not to be learnt from any more, until the chain agrees: blocks may be
    // long in coming, and an earlier announcement may be in one of them.
    private void Withdraw(ChainState state, Digest task)
    {
        if (state.Tasks.TryGetValue(task, out var found) && found.Shards.ContainsKey(self)
            && !IsPending<Payload.WithdrawShard>(p => p.Task == task))
            submitter.Submit(new Payload.WithdrawShard(task));
    }

    private void Commit(ChainState state, LearningTask task, TaskKit kit, Shard shard)
    {
        if (IsPending<Payload.CommitUpdate>(p => p.Task == task.Id))
            return;
        if (promises.Find(task) is { } promise)
            Promised(state, task, promise);
        else if (!training.Contains((task.Id, task.Round.Number)) && Load(task.Round.Parameters, kit) is { } parameters)
            Train(state, task, kit, shard, parameters);
    }

    private void Train(ChainState state, LearningTask task, TaskKit kit, Shard shard, int[] parameters)
    {
        if (!TryNetworkVariate(task, kit, out var network))
            return;
        training.Add((task.Id, task.Round.Number));
        worker.Train(
            new(task, kit, parameters, shard.Training, TrainingSeed.Of("ledger/training-seed", task, self),
                PartOfWindow(state, task, TrainingPart), network),
            update => Promised(state, task, promises.Make(task, update.Encode(kit.Recipe.Format))));
    }

    // False while what the strategy needs is not here.
    private bool TryNetworkVariate(LearningTask task, TaskKit kit, out ServerState? variate)
    {
        variate = null;
        if (kit.Recipe.Server.Name != ServerOptimiser.ScaffoldName)
            return true;
        if (task.Round.Server == default)
            variate = ServerState.Empty;
        else if (store.Blob(task.Round.Server) is { } blob)
            variate = ServerState.TryDecode(blob, kit.ParameterCount);
        else
            want(task.Round.Server);
        return variate is not null;
    }

    // Of the time until the window closes, by block time; a promise takes a block or two to get on chain.
    private static TimeSpan PartOfWindow(ChainState state, LearningTask task, double part) =>
        TimeSpan.FromMilliseconds((task.Round.Deadline - Math.Min(state.Time, task.Round.Deadline)) * part);

    private void Promised(ChainState state, LearningTask task, Promises.Promise promise) =>
        submitter.Submit(new Payload.CommitUpdate(task.Id, task.Round.Number, UpdateCommitment.Of(
            state.ChainId, task.Id, task.Round.Number, task.Round.Parameters, self, promise.Salt, promise.Blob)));

    // Also where the shard is gone meanwhile: what is not opened costs the deposit.
    private void Reveal(LearningTask task, Contribution mine)
    {
        if (promises.Find(task) is { } promise && !IsPending<Payload.RevealUpdate>(p => p.Task == task.Id))
            submitter.Submit(new Payload.RevealUpdate(
                task.Id, task.Round.Number, promise.Salt, promise.Blob, mine.Rows));
    }

    private void ProceedAsScorer(ChainState state, LearningTask task, TaskKit kit, Shard shard)
    {
        if (task.Round.Scorers.GetValueOrDefault(self) is not { } seat || shard.Validation.Rows == 0)
            return;
        if (task.Round.Phase == Phase.Commit && seat.Commitment is null)
            CommitRoot(state, task, kit, shard);
        else if (task.Round.Phase == Phase.Reveal && seat is { Commitment: not null, Blob: null }
            && roots.Find(task) is { } promise && !IsPending<Payload.RevealRoot>(p => p.Task == task.Id))
            submitter.Submit(new Payload.RevealRoot(task.Id, task.Round.Number, promise.Salt, promise.Blob));
    }

    // One epoch over the rows for validation, from the parameters that all begin with.
    private void CommitRoot(ChainState state, LearningTask task, TaskKit kit, Shard shard)
    {
        if (IsPending<Payload.CommitRoot>(p => p.Task == task.Id))
            return;
        if (roots.Find(task) is { } promise)
            PromisedRoot(state, task, promise);
        else if (!rooting.Contains((task.Id, task.Round.Number)) && Load(task.Round.Parameters, kit) is { } parameters)
        {
            rooting.Add((task.Id, task.Round.Number));
            worker.TrainRoot(
                new(task, kit, parameters, shard.Validation, TrainingSeed.Of("ledger/root-seed", task, self),
                    PartOfWindow(state, task, RootPart)),
                root => PromisedRoot(state, task, roots.Make(task, root.Encode(kit.Recipe.Format))));
        }
    }

    private void PromisedRoot(ChainState state, LearningTask task, Promises.Promise promise) =>
        submitter.Submit(new Payload.CommitRoot(task.Id, task.Round.Number, UpdateCommitment.OfRoot(
            state.ChainId, task.Id, task.Round.Number, task.Round.Parameters, self, promise.Salt, promise.Blob)));

    // Round 0 is the accuracy before any training, the last one is what people want to know.
    private void Evaluate(LearningTask task, TaskKit kit, Shard shard)
    {
        if (shard.HeldOut.Rows == 0 || !task.Shards.ContainsKey(self))
            return;
        foreach (var result in task.Results.Where(r => r.Number == 0 || r == task.Results[^1]))
        {
            var about = (task.Id, result.Number);
            if (result.Evaluations.ContainsKey(self) || evaluating.Contains(about)
                || Load(result.Parameters, kit) is not { } parameters)
                continue;
            evaluating.Add(about);
            worker.Evaluate(task, kit, parameters, shard.HeldOut, own => submitter.Submit(
                new Payload.Evaluate(
                    task.Id, result.Number, result.Parameters, (uint)own.Correct, (uint)own.Total, LossOf(own)),
                fee: null, ended => Retry(evaluating, about, ended.Height)));
        }
    }

    // Not a number: of a model that has diverged.
    private static uint LossOf(Learning.Models.Evaluation own) => double.IsNaN(own.Loss) ? uint.MaxValue
        : (uint)Math.Min(Math.Round(own.Loss * Evaluation.LossOne), uint.MaxValue);

    private static void Retry(HashSet<(Digest, uint)> begun, (Digest, uint) about, ulong? height)
    {
        if (height is null)
            begun.Remove(about);
    }

    private bool IsPending<T>(Func<T, bool> like)
        where T : Payload => submitter.IsPending(p => p is T payload && like(payload));

    private int[]? Load(Digest id, TaskKit kit)
    {
        if (store.Blob(id) is not { } blob)
        {
            want(id);
            return null;
        }
        return Parameters.TryDecode(blob, kit.ParameterCount, out var parameters) ? parameters : null;
    }
}

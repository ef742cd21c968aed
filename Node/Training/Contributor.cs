using System.Buffers.Binary;
using System.Security.Cryptography;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.State;
using Ledger.Learning.Aggregation;
using Ledger.Node.Host;
using Ledger.Node.Storage;
using Shard = Ledger.Learning.Data.Shard;

namespace Ledger.Node.Training;

/// <summary>
/// A contributor's part in a round: announce the shard, train, commit, reveal, and count how well the canonical model
/// does on the rows held out. What to do next is read off the chain's state each time, so that a restart goes on where
/// it was and nothing is said twice.
/// </summary>
internal sealed class Contributor(
    Store store, TaskCatalog catalog, ShardStore shards, TrainingWorker worker, Submitter submitter, Address self,
    Action<Digest> want)
{
    private readonly HashSet<(Digest Task, uint Round)> training = [], evaluating = [];

    /// <summary>Does what can be done: call after each block and each blob.</summary>
    internal void Proceed(ChainState state)
    {
        foreach (var id in shards.Tasks)
            if (state.Tasks.TryGetValue(id, out var task) && catalog.Find(task) is { } kit)
                Proceed(state, task, kit, shards.Find(id)!);
    }

    private void Proceed(ChainState state, LearningTask task, TaskKit kit, Shard shard)
    {
        var round = task.Round;
        var mine = round.Contributions.GetValueOrDefault(self);
        if (round.Phase != Phase.Finished)
            Announce(task, shard);
        if (round.Phase == Phase.Commit && mine is null && task.Shards.ContainsKey(self))
            Commit(state, task, kit, shard);
        else if (round.Phase == Phase.Reveal && mine is { Blob: null })
            Reveal(task, shard);
        Evaluate(task, kit, shard);
    }

    private void Announce(LearningTask task, Shard shard)
    {
        var root = Digest.From(shard.Root);
        var known = task.Shards.GetValueOrDefault(self) is { Active: true } announced && announced.Root == root;
        if (!known && !IsPending<Payload.SubmitShard>(p => p.Task == task.Id))
            Announce(task.Id, done: null);
    }

    /// <summary>Says on chain what this node has for a task.</summary>
    internal void Announce(Digest task, Action<Submission>? done)
    {
        var shard = shards.Find(task)!;
        submitter.Submit(new Payload.SubmitShard(
            task, Digest.From(shard.Root), (uint)shard.Training.Rows, (uint)shard.HeldOut.Rows), fee: null, done);
    }

    private void Commit(ChainState state, LearningTask task, TaskKit kit, Shard shard)
    {
        if (IsPending<Payload.CommitUpdate>(p => p.Task == task.Id))
            return;
        // After a restart the same update is promised again: two different ones for a round would be two faces.
        if (Promise(task) is { } promise)
            Promised(state, task, promise.Salt, promise.Blob);
        else if (!training.Contains((task.Id, task.Round.Number)) && Load(task.Round.Parameters, kit) is { } parameters)
            Train(state, task, kit, shard, parameters);
    }

    private void Train(ChainState state, LearningTask task, TaskKit kit, Shard shard, int[] parameters)
    {
        training.Add((task.Id, task.Round.Number));
        worker.Train(task, kit, parameters, shard.Training, Seed(task), update =>
        {
            var salt = Bytes32.From(RandomNumberGenerator.GetBytes(Bytes32.Size));
            var blob = store.PutBlob(update.Encode());
            store.PutNote(NoteKey(task), new Writer().Array(2).Bytes(salt.ToArray()).Digest(blob).ToArray());
            Promised(state, task, salt, blob);
        });
    }

    private void Promised(ChainState state, LearningTask task, Bytes32 salt, Digest blob)
    {
        var commitment = UpdateCommitment.Of(
            state.ChainId, task.Id, task.Round.Number, task.Round.Parameters, self, salt, blob);
        submitter.Submit(new Payload.CommitUpdate(task.Id, task.Round.Number, commitment));
    }

    private void Reveal(LearningTask task, Shard shard)
    {
        if (Promise(task) is { } promise && !IsPending<Payload.RevealUpdate>(p => p.Task == task.Id))
            submitter.Submit(new Payload.RevealUpdate(
                task.Id, task.Round.Number, promise.Salt, promise.Blob, (uint)shard.Training.Rows));
    }

    // The first result is the accuracy before any training, the last one is what people want to know.
    private void Evaluate(LearningTask task, TaskKit kit, Shard shard)
    {
        if (shard.HeldOut.Rows == 0 || !task.Shards.ContainsKey(self))
            return;
        foreach (var result in (RoundResult[])[task.Results[0], task.Results[^1]])
        {
            var about = (task.Id, result.Number);
            if (result.Evaluations.ContainsKey(self) || evaluating.Contains(about)
                || Load(result.Parameters, kit) is not { } parameters)
                continue;
            evaluating.Add(about);
            worker.Evaluate(task, kit, parameters, shard.HeldOut, (correct, total) => submitter.Submit(
                new Payload.Evaluate(task.Id, result.Number, result.Parameters, (uint)correct, (uint)total), fee: null,
                ended => Retry(evaluating, about, ended.Height)));
        }
    }

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

    private (Bytes32 Salt, Digest Blob)? Promise(LearningTask task)
    {
        if (store.Note(NoteKey(task)) is not { } note)
            return null;
        var reader = new Reader(note);
        reader.Array(2);
        return (reader.Digest().Value, reader.Digest());
    }

    // The parameters are part of the key: a promise is good for one base only.
    private static byte[] NoteKey(LearningTask task) =>
        Digest.Of("ledger/promise", new Writer().Array(3).Digest(task.Id).UInt(task.Round.Number)
            .Digest(task.Round.Parameters).Written).ToArray();

    // The same round trained again after a crash gives the same update.
    private ulong Seed(LearningTask task) => BinaryPrimitives.ReadUInt64BigEndian(
        Digest.Of("ledger/training-seed", new Writer().Array(3).Digest(task.Id).UInt(task.Round.Number)
            .Address(self).Written).ToArray());
}

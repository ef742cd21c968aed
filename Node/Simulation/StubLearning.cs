using Ledger.Consensus.Chain;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.State;
using Ledger.Node.Host;

namespace Ledger.Node.Simulation;

/// <summary>
/// Stands in for training and aggregation: updates are a few bytes, and the parameters after a round are the hash of
/// those included, which everybody computes alike. All else of a round is real: transactions, blobs, closings.
/// </summary>
internal sealed class StubLearning(SimulatedNode node) : IAggregates
{
    private const uint Rows = 10;

    public CloseRound? Result(Digest task, uint round) =>
        Ready(node.Replica!.Head.State).FirstOrDefault(c => c.Task == task && c.Round == round);

    public IEnumerable<CloseRound> Ready(ChainState state) =>
        state.Tasks.Values.Where(t => t.Round.Phase == Phase.Close).Select(t => Close(state, t)).OfType<CloseRound>();

    /// <summary>Does what is to do now, as contributor and as validator.</summary>
    internal void Proceed()
    {
        if (node.Replica is not { } replica)
            return;
        foreach (var task in replica.Head.State.Tasks.Values)
            if (Next(replica, replica.Head.State, task) is { } payload && !replica.Submitter.IsPending(
                p => p.Kind == payload.Kind))
                replica.Submitter.Submit(payload);
    }

    private Payload? Next(Replica replica, ChainState state, LearningTask task)
    {
        var (round, self) = (task.Round, node.Self);
        var mine = round.Contributions.GetValueOrDefault(self);
        if (round.Phase is not (Phase.Finished or Phase.Close) && task.Shards.GetValueOrDefault(self) is not { Active: true })
            return new Payload.SubmitShard(task.Id, Digest.OfBlob([1]), Rows, Rows);
        var update = Update(task);
        if (round.Phase == Phase.Commit && mine is null)
            return new Payload.CommitUpdate(task.Id, round.Number, UpdateCommitment.Of(
                state.ChainId, task.Id, round.Number, round.Parameters, self, default, Digest.OfBlob(update)));
        if (round.Phase == Phase.Reveal && mine is { Blob: null })
            return new Payload.RevealUpdate(task.Id, round.Number, default, node.Store.PutBlob(update), Rows);
        return round.Phase == Phase.Attest && state.Validators.IndexOf(self) >= 0 ? Attest(replica, task) : null;
    }

    private Payload.Attest? Attest(Replica replica, LearningTask task)
    {
        var held = task.Round.Revealed.Where(c => Holds(replica, task.Round.Contributions[c].Blob!.Value)).ToList();
        return held.Count > task.Round.Held.GetValueOrDefault(node.Self, []).Count
            ? new(task.Id, task.Round.Number, [.. held])
            : null;
    }

    private CloseRound? Close(ChainState state, LearningTask task)
    {
        var round = task.Round;
        var included = Rounds.Included(state, task);
        if (Rounds.CarriesOver(task, included))
            return new(task.Id, round.Number, round.Parameters, round.Exponent);
        var blobs = included.Select(c => round.Contributions[c].Blob!.Value).ToList();
        if (blobs.Count(b => Holds(node.Replica!, b)) < blobs.Count)
            return null;
        var parameters = Digest.OfBlob([.. blobs.SelectMany(b => b.ToArray())]);
        return new(task.Id, round.Number, parameters, round.Exponent);
    }

    private bool Holds(Replica replica, Digest blob)
    {
        if (node.Store.HasBlob(blob))
            return true;
        replica.Want(blob);
        return false;
    }

    private byte[] Update(LearningTask task) =>
        new Writer().Array(3).Digest(task.Id).UInt(task.Round.Number).Address(node.Self).ToArray();
}

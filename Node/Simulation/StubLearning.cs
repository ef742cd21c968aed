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
internal sealed class StubLearning(SimulatedNode node, PlantedBug? bug) : IAggregates
{
    private const uint Rows = 10;

    private readonly Dictionary<(Digest Task, uint Round), ulong> begun = [];

    public CloseRound? Result(Digest task, uint round) => bug is { TakesAnyClosing: true } && Offered(task) is { } any
        ? any
        : Closable(node.Replica!.Head.State).FirstOrDefault(c => c.Task == task && c.Round == round);

    public IEnumerable<CloseRound> Ready(ChainState state) => bug is { BuildsRubbish: true }
        ? Closable(state).Select(c => Otherwise(c, state.Tasks[c.Task]))
        : Closable(state);

    /// <summary>Does what is to do now, as contributor and as validator.</summary>
    internal void Proceed()
    {
        if (node.Replica is not { IsCatchingUp: false } replica)
            return;
        foreach (var task in replica.Head.State.Tasks.Values.Where(t => t.Round.Phase == Phase.Close))
            BlobsOf(task).ToList().ForEach(blob => Holds(replica, blob));
        foreach (var task in replica.Head.State.Tasks.Values)
            if (Next(replica, replica.Head.State, task) is { } payload && !replica.Submitter.IsPending(
                p => p.Kind == payload.Kind))
                replica.Submitter.Submit(payload);
    }

    private IEnumerable<CloseRound> Closable(ChainState state) =>
        state.Tasks.Values.Where(t => t.Round.Phase == Phase.Close).Select(Close).OfType<CloseRound>();

    private Payload? Next(Replica replica, ChainState state, LearningTask task)
    {
        var (round, self) = (task.Round, node.Self);
        var mine = round.Contributions.GetValueOrDefault(self);
        if (round.Phase is not (Phase.Finished or Phase.Close)
            && task.Shards.GetValueOrDefault(self) is not { Active: true })
            return new Payload.SubmitShard(task.Id, Digest.OfBytes([1]), default, Rows, Rows, Rows);
        var update = Update(task);
        if (round.Phase == Phase.Commit && mine is null && Sampling.Takes(task, self))
            return new Payload.CommitUpdate(task.Id, round.Number, UpdateCommitment.Of(
                state.ChainId, task.Id, round.Number, round.Parameters, self, default, Digest.OfBlob(update)));
        if (round.Phase == Phase.Reveal && mine is { Blob: null })
            return new Payload.RevealUpdate(task.Id, round.Number, default, node.Store.PutBlob(update), Rows);
        if (Root(state, task) is { } said)
            return said;
        return round.Phase == Phase.Attest && state.Validators.IndexOf(self) >= 0 ? Attest(replica, task) : null;
    }

    // The root is an update of other bytes.
    private Payload? Root(ChainState state, LearningTask task)
    {
        var (round, root) = (task.Round, new Writer().Array(1).Bytes(Update(task)).ToArray());
        return round.Scorers.GetValueOrDefault(node.Self) switch
        {
            { Commitment: null } when round.Phase == Phase.Commit => new Payload.CommitRoot(
                task.Id, round.Number, UpdateCommitment.OfRoot(
                    state.ChainId, task.Id, round.Number, round.Parameters, node.Self, default, Digest.OfBlob(root))),
            { Commitment: not null, Blob: null } when round.Phase == Phase.Reveal =>
                new Payload.RevealRoot(task.Id, round.Number, default, node.Store.PutBlob(root)),
            _ => null,
        };
    }

    private Payload.Attest? Attest(Replica replica, LearningTask task)
    {
        var round = task.Round;
        var held = round.Revealed.Where(c => Holds(replica, round.Contributions[c].Blob!.Value)).ToList();
        var roots = round.RevealedRoots.Where(s => Holds(replica, round.Scorers[s].Blob!.Value)).ToList();
        return held.Count + roots.Count > (round.Held.GetValueOrDefault(node.Self)?.Count ?? 0)
            ? new(task.Id, round.Number, [.. held], [.. roots])
            : null;
    }

    /// <summary>What the round that a task waits to close comes to.</summary>
    internal static CloseRound Closing(LearningTask task)
    {
        var round = task.Round;
        var parameters = Rounds.CarriesOver(task, round.Included)
            ? round.Parameters
            : Digest.OfBytes([.. BlobsOf(task).SelectMany(b => b.ToArray())]);
        var updates = Rounds.CarriesOver(task, round.Included) ? [] : round.Included;
        return new(task.Id, round.Number, parameters, round.Exponent, round.Server, 0,
            [.. updates.Select(_ => new Verdict(0, 0, 1, Verdict.MeritOne, Verdict.NormOne))],
            [.. new sbyte[updates.Length * round.IncludedRoots.Length]]);
    }

    private static IEnumerable<Digest> BlobsOf(LearningTask task) =>
        task.Round.Included.Select(c => task.Round.Contributions[c].Blob!.Value);

    // Nobody can vouch for an aggregate of what it does not hold.
    private CloseRound? Close(LearningTask task)
    {
        if (!Rounds.CarriesOver(task, task.Round.Included)
            && BlobsOf(task).Count(b => Holds(node.Replica!, b)) < task.Round.Included.Length)
            return null;
        if (!IsDone(task))
            return null;
        var closing = Closing(task);
        return bug is { HasOwnClosings: true } || node.AggregatesOtherwise ? Otherwise(closing, task) : closing;
    }

    // A round without enough updates closes with what it began with, and no other block could even be built.
    private CloseRound Otherwise(CloseRound closing, LearningTask task) =>
        Rounds.CarriesOver(task, task.Round.Included)
            ? closing
            : closing with { Parameters = Digest.OfBytes([(byte)node.Index]) };

    private bool IsDone(LearningTask task)
    {
        if (node.AggregationMs == 0)
            return true;
        if (begun.TryAdd((task.Id, task.Round.Number), node.Clock.NowMs))
            node.Clock.After(node.AggregationMs, () => node.Replica?.Proceed());
        return node.Clock.NowMs >= begun[(task.Id, task.Round.Number)] + node.AggregationMs;
    }

    private CloseRound? Offered(Digest task) => node.Replica?.Agreement is { } agreement
        ? agreement.Proposals(agreement.State.Round).SelectMany(p => p.Block.Closings)
            .FirstOrDefault(c => c.Task == task)
        : null;

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

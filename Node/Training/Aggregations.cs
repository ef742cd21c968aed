using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.State;
using Ledger.Learning.Aggregation;
using Ledger.Learning.Rounds;
using Ledger.Node.Host;
using Ledger.Node.Storage;

namespace Ledger.Node.Training;

/// <summary>
/// Recomputes the aggregate of each round that is about to close, off the loop. A result is there only once the
/// parameters are on this disk, so that whoever prevotes for them can serve them. Who has no vote takes what two thirds
/// of the stake have agreed on, where all the updates would be more to fetch.
/// </summary>
internal sealed class Aggregations(
    NodeLoop loop, Store store, TaskCatalog catalog, Address self, Action<Digest> want, int threads, Action finished)
    : IAggregates, IDisposable
{
    private readonly Dictionary<(Digest Task, uint Round), CloseRound?> results = [];
    // The newest parameters of each task that are on this disk.
    private readonly Dictionary<Digest, Digest> followed = [];
    private readonly Lock gate = new();
    private readonly CountdownEvent running = new(1);
    private bool stopped;

    public CloseRound? Result(Digest task, uint round) => results.GetValueOrDefault((task, round));

    public IEnumerable<CloseRound> Ready(ChainState state) => state.Tasks.Values
        .Where(t => t.Round.Phase == Phase.Close)
        .Select(t => Result(t.Id, t.Round.Number))
        .OfType<CloseRound>();

    /// <summary>Starts what can be started: call after each block and each blob.</summary>
    internal void Proceed(ChainState state)
    {
        Follow(state);
        // A model file is fetched while the round goes on, not when it is needed at once.
        foreach (var task in state.Tasks.Values.Where(t => t.Round.Phase is not (Phase.Waiting or Phase.Finished)))
            catalog.Find(task);
        foreach (var task in state.Tasks.Values)
            if (task.Round.Phase == Phase.Close && !results.ContainsKey((task.Id, task.Round.Number)))
                Begin(state, task);
        // Nobody asks about a round that is closed, and every other one is still somebody's to propose.
        foreach (var closed in results.Keys.Where(k => state.Tasks[k.Task].Round.Number != k.Round).ToList())
            results.Remove(closed);
    }

    // What rounds have made canonical is of use to whoever follows, too.
    private void Follow(ChainState state)
    {
        foreach (var task in state.Tasks.Values.Where(t => t.Round.Number > 1))
            if (followed.GetValueOrDefault(task.Id) == task.Round.Parameters)
                continue;
            else if (store.HasBlob(task.Round.Parameters))
                followed[task.Id] = task.Round.Parameters;
            else
                want(task.Round.Parameters);
    }

    private void Begin(ChainState state, LearningTask task)
    {
        var round = task.Round;
        var included = Rounds.Included(state, task);
        if (Rounds.CarriesOver(task, included))
        {
            Finish(new(task.Id, round.Number, round.Parameters, round.Exponent, round.Server, 0, [], []));
            return;
        }
        var blobs = RoundBlobs.Of(task);
        if (catalog.Find(task) is not { } kit || !HasVote(state) && IsMoreThanItsResult(blobs, kit) || !AllHere(blobs)
            || blobs.Load(kit.Recipe, kit.ParameterCount, store.Blob) is not { } loaded)
            return;

        results[(task.Id, round.Number)] = null;
        Start(() => Compute(task, blobs, loaded.Input, loaded.Bytes));
    }

    private bool HasVote(ChainState state) =>
        state.Validators.IndexOf(self) >= 0 || state.NextValidators.IndexOf(self) >= 0;

    private static bool IsMoreThanItsResult(RoundBlobs blobs, TaskKit kit) =>
        blobs.Updates.Length + blobs.Roots.Length >= kit.Recipe.Format.UpdatesPerParameters();

    // Each blob that comes is a reason to look again: they are read once, when all are here.
    private bool AllHere(RoundBlobs blobs)
    {
        var missing = blobs.All.Where(id => !store.HasBlob(id)).ToList();
        missing.ForEach(want);
        return missing.Count == 0;
    }

    /// <summary>Starts nothing more and returns when nothing is running: the store can close.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            if (stopped)
                return;
            stopped = true;
        }
        running.Signal();
        running.Wait();
        running.Dispose();
    }

    private void Start(Action compute)
    {
        lock (gate)
        {
            if (stopped)
                return;
            running.AddCount();
        }
        ThreadPool.QueueUserWorkItem(_ => Run(compute));
    }

    [SuppressMessage("Design", "CA1031", Justification = "the fault goes on on the loop, where it ends the node")]
    private void Run(Action compute)
    {
        try
        {
            compute();
        }
        catch (Exception fault) when (loop.Post(() => ExceptionDispatchInfo.Throw(fault)))
        {
            // Thrown again there.
        }
        finally
        {
            running.Signal();
        }
    }

    private void Compute(LearningTask task, RoundBlobs blobs, RoundInput input, ulong bytes)
    {
        var outcome = RoundClosing.Close(input, threads);
        var closing = blobs.Close(task.Id, task.Round.Number, outcome, bytes, store.PutBlob);
        loop.Post(() => Finish(closing));
    }

    private void Finish(CloseRound closing)
    {
        results[(closing.Task, closing.Round)] = closing;
        finished();
    }
}

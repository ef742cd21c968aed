using System.Collections.Immutable;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.State;
using Ledger.Learning.Aggregation;
using Ledger.Node.Host;
using Ledger.Node.Storage;

namespace Ledger.Node.Training;

/// <summary>
/// Recomputes the aggregate of each round that is about to close, off the loop. A result is there only once the
/// parameters are on this disk, so that whoever prevotes for them can serve them.
/// </summary>
internal sealed class Aggregations(
    NodeLoop loop, Store store, TaskCatalog catalog, Action<Digest> want, int threads, Action finished)
{
    // Rounds that have closed are of no interest; a few are kept for proposals of the same height.
    private const int ResultsKept = 64;

    private readonly Dictionary<(Digest Task, uint Round), CloseRound?> results = [];

    /// <summary>This node's own closing of a round; null while it is not done.</summary>
    internal CloseRound? Result(Digest task, uint round) => results.GetValueOrDefault((task, round));

    /// <summary>The closings that a block on top of <paramref name="state"/> can bring.</summary>
    internal IEnumerable<CloseRound> Ready(ChainState state) => state.Tasks.Values
        .Where(t => t.Round.Phase == Phase.Close)
        .Select(t => Result(t.Id, t.Round.Number))
        .OfType<CloseRound>();

    /// <summary>Starts what can be started: call after each block and each blob.</summary>
    internal void Proceed(ChainState state)
    {
        foreach (var task in state.Tasks.Values)
            if (task.Round.Phase == Phase.Close && !results.ContainsKey((task.Id, task.Round.Number)))
                Begin(state, task);
        while (results.Count > ResultsKept)
            results.Remove(results.Keys.MinBy(k => k.Round));
    }

    private void Begin(ChainState state, LearningTask task)
    {
        var round = task.Round;
        var included = Rounds.Included(state, task);
        if (Rounds.CarriesOver(task, included))
        {
            Finish(new(task.Id, round.Number, round.Parameters, round.Exponent));
            return;
        }
        if (catalog.Find(task) is not { } kit || !TryLoad(task, kit, included, out var parameters, out var updates))
            return;

        results[(task.Id, round.Number)] = null;
        // A rule that cannot do with so few updates changes nothing, for everyone alike.
        if (updates.Count < kit.Recipe.Rule.LeastUpdates)
            Finish(new(task.Id, round.Number, round.Parameters, round.Exponent));
        else
            ThreadPool.QueueUserWorkItem(_ => Compute(task, kit, parameters, updates));
    }

    private void Compute(LearningTask task, TaskKit kit, int[] parameters, List<ModelUpdate> updates)
    {
        var (next, exponent) = Aggregate.Close(kit.Recipe.Rule, parameters, (int)task.Round.Exponent, updates, threads);
        var id = store.PutBlob(Parameters.Encode(next));
        loop.Post(() => Finish(new(task.Id, task.Round.Number, id, (uint)exponent)));
    }

    private void Finish(CloseRound closing)
    {
        results[(closing.Task, closing.Round)] = closing;
        finished();
    }

    private bool TryLoad(
        LearningTask task, TaskKit kit, ImmutableArray<Address> included,
        out int[] parameters, out List<ModelUpdate> updates)
    {
        updates = [];
        parameters = [];
        var complete = Load(task.Round.Parameters) is { } start
            && Parameters.TryDecode(start, kit.ParameterCount, out parameters!);
        foreach (var contributor in included)
        {
            var blob = Load(task.Round.Contributions[contributor].Blob!.Value);
            if (blob is not null
                && ModelUpdate.TryDecode(blob, kit.ParameterCount, (int)task.Round.Exponent, out var update))
                updates.Add(update);
            else
                complete = false;
        }
        return complete;
    }

    private byte[]? Load(Digest id)
    {
        var blob = store.Blob(id);
        if (blob is null)
            want(id);
        return blob;
    }
}

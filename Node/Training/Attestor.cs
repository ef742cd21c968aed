using System.Collections.Immutable;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.State;
using Ledger.Learning.Aggregation;
using Ledger.Node.Host;
using Ledger.Node.Storage;

namespace Ledger.Node.Training;

/// <summary>
/// A validator's part in availability: fetches each revealed update and root, checks its form and bounds, and says
/// on chain which ones it holds.
/// </summary>
internal sealed class Attestor(
    IClock clock, Store store, TaskCatalog catalog, Submitter submitter, Address self, Action<Digest> want)
{
    // One statement for all updates where they come in together; whoever is slower gets into a second one.
    private const ulong PatienceMs = 400;

    // What was found out in a task's current round, and since when its updates are awaited.
    private readonly Dictionary<Digest, Watch> watches = [];

    /// <summary>Does what can be done: call after each block and each blob, and now and then.</summary>
    internal void Proceed(ChainState state)
    {
        if (state.Validators.IndexOf(self) < 0)
            return;
        foreach (var task in state.Tasks.Values)
            if (task.Round.Phase is not (Phase.Reveal or Phase.Attest))
                watches.Remove(task.Id);
            else if (catalog.Find(task) is { } kit)
                Attest(task, kit);
    }

    private void Attest(LearningTask task, TaskKit kit)
    {
        if (!watches.TryGetValue(task.Id, out var watch) || watch.Round != task.Round.Number)
            watches[task.Id] = watch = new(task.Round.Number);
        var round = task.Round;
        var updates = Look(round.Revealed.Select(c => (c, round.Contributions[c].Blob!.Value)));
        var roots = Look(round.RevealedRoots.Select(s => (s, round.Scorers[s].Blob!.Value)));
        if (round.Phase != Phase.Attest)
            return;
        watch.SinceMs ??= clock.NowMs;
        var complete = updates.Concat(roots).All(found => found.Good is not null)
            || clock.NowMs >= watch.SinceMs + PatienceMs;
        var (held, heldRoots) = (Good(updates), Good(roots));
        var said = round.Held.GetValueOrDefault(self)?.Count ?? 0;
        if (complete && held.Length + heldRoots.Length > said
            && !submitter.IsPending(p => p is Payload.Attest a && a.Task == task.Id))
            submitter.Submit(new Payload.Attest(task.Id, round.Number, held, heldRoots));

        List<(Address Of, bool? Good)> Look(IEnumerable<(Address Of, Digest Blob)> blobs) =>
            [.. blobs.Select(each => (each.Of, IsGood(task, kit, watch, each.Blob)))];
    }

    private static ImmutableArray<Address> Good(List<(Address Of, bool? Good)> found) =>
        [.. found.Where(each => each.Good == true).Select(each => each.Of)];

    // Null while the blob is not here. What is good for one task or one round's exponent is not for another, so what
    // was found out is kept no longer than the round.
    private bool? IsGood(LearningTask task, TaskKit kit, Watch watch, Digest id)
    {
        if (watch.WellFormed.TryGetValue(id, out var known))
            return known;
        if (store.Blob(id) is not { } blob)
        {
            want(id);
            return null;
        }
        return watch.WellFormed[id] = ModelUpdate.TryDecode(
            blob, kit.ParameterCount, (int)task.Round.Exponent, kit.Recipe.Format, out _);
    }

    private sealed class Watch(uint round)
    {
        internal uint Round => round;

        internal ulong? SinceMs { get; set; }

        internal Dictionary<Digest, bool> WellFormed { get; } = [];
    }
}

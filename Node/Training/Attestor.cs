using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.State;
using Ledger.Learning.Aggregation;
using Ledger.Node.Host;
using Ledger.Node.Storage;

namespace Ledger.Node.Training;

/// <summary>
/// A validator's part in availability: fetches each revealed update, checks its form and bounds, and says on chain
/// which ones it holds.
/// </summary>
internal sealed class Attestor(
    NodeLoop loop, Store store, TaskCatalog catalog, Submitter submitter, Address self, Action<Digest> want)
{
    // One statement for all updates where they come in together; whoever is slower gets into a second one.
    private const ulong PatienceMs = 400;

    private readonly Dictionary<Digest, bool> wellFormed = [];
    private (Digest Task, uint Round, ulong SinceMs)? attesting;

    /// <summary>Does what can be done: call after each block and each blob, and now and then.</summary>
    internal void Proceed(ChainState state)
    {
        if (state.Validators.IndexOf(self) < 0)
            return;
        foreach (var task in state.Tasks.Values)
            if (task.Round.Phase is Phase.Reveal or Phase.Attest && catalog.Find(task) is { } kit)
                Attest(task, kit);
    }

    private void Attest(LearningTask task, TaskKit kit)
    {
        var revealed = task.Round.Revealed.ToList();
        var held = revealed.Where(c => Holds(task, kit, c)).ToList();
        if (task.Round.Phase != Phase.Attest)
            return;
        if (attesting is not { } now || now.Task != task.Id || now.Round != task.Round.Number)
            attesting = (task.Id, task.Round.Number, loop.NowMs);
        var complete = held.Count == revealed.Count || loop.NowMs >= attesting.Value.SinceMs + PatienceMs;
        var said = task.Round.Held.GetValueOrDefault(self, []).Count;
        if (complete && held.Count > said && !submitter.IsPending(p => p is Payload.Attest a && a.Task == task.Id))
            submitter.Submit(new Payload.Attest(task.Id, task.Round.Number, [.. held]));
    }

    private bool Holds(LearningTask task, TaskKit kit, Address contributor)
    {
        var id = task.Round.Contributions[contributor].Blob!.Value;
        if (wellFormed.TryGetValue(id, out var known))
            return known;
        if (store.Blob(id) is not { } blob)
        {
            want(id);
            return false;
        }
        return wellFormed[id] = ModelUpdate.TryDecode(blob, kit.ParameterCount, (int)task.Round.Exponent, out _);
    }
}

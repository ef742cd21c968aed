using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.Light;
using Ledger.Consensus.State;

namespace Ledger.Node.Storage;

/// <summary>
/// Keeps the newest blocks of a store and drops the others, with the updates, roots and parameters that only they name.
/// Of their headers those stay over which a light client's way leads from the genesis. What was dropped gives its space
/// back by a compaction beside the node's work: without one a pruned store goes on growing (cometbft#1972).
/// </summary>
internal sealed class Pruning : IDisposable
{
    private readonly Store store;
    private readonly ulong keep;
    private ulong first;
    private Trusted way;
    private long dropped;
    private Task compaction = Task.CompletedTask;

    /// <param name="store">The store.</param>
    /// <param name="genesis">What a light client starts from.</param>
    /// <param name="keep">How many blocks to keep, at least <see cref="LeastOf"/>.</param>
    internal Pruning(Store store, ChainState genesis, ulong keep)
    {
        (this.store, this.keep, first, way) = (store, keep, store.FirstHeight(), Trusted.Of(genesis));
        foreach (var header in store.HeadersOfSnapshot().Where(header => header.Height < first))
            way = Trusted.Of(header);
    }

    /// <summary>The fewest blocks that a node may keep: all since the oldest snapshot that it offers, so that who began
    /// with that can go on, and one interval more.</summary>
    internal static ulong LeastOf(ChainParameters parameters) => Math.Max(
        StorageLimits.StateVersionsMin, (StorageLimits.SnapshotsKept + 1) * parameters.SnapshotInterval);

    /// <summary>Drops some of what is too old by now; call it after each block.</summary>
    internal void Proceed(ChainState state)
    {
        if (first == 0)
            first = store.FirstHeight();
        var options = LightOptions.Of(state.Parameters);
        var needed = new Lazy<HashSet<Digest>>(() => NeededBy(state));
        for (var i = 0; i < StorageLimits.PrunedAtOnce && first > 0 && first + keep <= state.Height; i++)
            Drop(options, needed);
        if (dropped < StorageLimits.CompactAfterBytes || !compaction.IsCompleted)
            return;
        dropped = 0;
        compaction = Task.Run(store.Compact);
    }

    /// <summary>Waits for a compaction that is under way.</summary>
    public void Dispose() => compaction.Wait();

    // A header stays where its successor cannot be believed without it: each is believed from the one that stayed last.
    private void Drop(LightOptions options, Lazy<HashSet<Digest>> needed)
    {
        var (here, next) = (Header(first), Header(first + 1));
        var isWay = LightRules.Check(way, next, options, next.Header.Time) != LightFault.None;
        dropped += store.Drop(first, isWay ? here : null, needed);
        first++;
        if (isWay)
            way = Trusted.Of(here);
    }

    private LightBlock Header(ulong height) => store.LightBlock(height)
        ?? throw StoreException.Damaged("blocks", $"block {height} is missing between others");

    private static HashSet<Digest> NeededBy(ChainState state)
    {
        var needed = new HashSet<Digest>();
        foreach (var task in state.Tasks.Values)
        {
            var round = task.Round;
            needed.UnionWith([task.Spec.Model, task.Spec.Parameters, round.Parameters, round.Server]);
            needed.UnionWith(round.Contributions.Values.Select(update => update.Blob).OfType<Digest>());
            needed.UnionWith(round.Scorers.Values.Select(scorer => scorer.Blob).OfType<Digest>());
        }
        return needed;
    }
}

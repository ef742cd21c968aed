using System.Buffers.Binary;
using System.Collections.Immutable;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.State;
using Ledger.Learning.Aggregation;
using Ledger.Learning.Rounds;
using Ledger.Node.Storage;
using Verdict = Ledger.Consensus.Chain.Verdict;

namespace Ledger.Node.Training;

/// <summary>Between the chain's view of a round that closes and the learning code's: which blobs it takes, in which
/// order, and which verdict is whose.</summary>
internal static class RoundLoading
{
    /// <summary>All that the closing depends on; null while a blob is not here, which is then wanted.</summary>
    internal static RoundInput? TryLoad(LearningTask task, TaskKit kit, Store store, Action<Digest> want)
    {
        var round = task.Round;
        // Each blob that comes is a reason to look again: read them once, when all are here.
        var missing = Needed(task).Where(id => !store.HasBlob(id)).ToList();
        missing.ForEach(want);
        if (missing.Count > 0 || store.Blob(round.Parameters) is not { } start
            || !Parameters.TryDecode(start, kit.ParameterCount, out var parameters))
            return null;
        var updates = Decode(InOrderOfPromise(task).Select(c => round.Contributions[c].Blob!.Value));
        var roots = Decode(round.IncludedRoots.Select(scorer => round.Scorers[scorer].Blob!.Value));
        var state = round.Server == default ? ServerState.Empty
            : ServerState.TryDecode(store.Blob(round.Server), kit.ParameterCount);
        return updates is null || roots is null || state is null ? null : new()
        {
            Rule = kit.Recipe.Rule,
            Parameters = parameters,
            Exponent = (int)round.Exponent,
            Updates = updates,
            Roots = [.. roots.Select((root, i) => new Root(root, round.Scorers[round.IncludedRoots[i]].Weight))],
            MinAccepted = (int)task.Spec.MinContributors,
            Seed = BinaryPrimitives.ReadUInt64BigEndian(round.Lot.ToArray()),
            Server = kit.Recipe.Server,
            State = state,
        };

        List<ModelUpdate>? Decode(IEnumerable<Digest> ids)
        {
            var decoded = new List<ModelUpdate>();
            foreach (var id in ids)
                if (store.Blob(id) is { } blob
                    && ModelUpdate.TryDecode(blob, kit.ParameterCount, (int)round.Exponent, out var update))
                    decoded.Add(update);
                else
                    return null;
            return decoded;
        }
    }

    /// <summary>The learning code judges in the order of promise, the chain keeps the order of addresses.</summary>
    internal static ImmutableArray<Verdict> InOrderOfIncluded(
        LearningTask task, ImmutableArray<Learning.Rounds.Verdict> verdicts)
    {
        var of = InOrderOfPromise(task).Zip(verdicts).ToDictionary(pair => pair.First, pair => pair.Second);
        return [.. task.Round.Included.Select(contributor => of[contributor])
            .Select(each => new Verdict((uint)each.Outcome, each.Score, (uint)each.Shares, (uint)each.Merit))];
    }

    private static IEnumerable<Address> InOrderOfPromise(LearningTask task) =>
        task.Round.Included.OrderBy(contributor => task.Round.Contributions[contributor].Order);

    private static IEnumerable<Digest> Needed(LearningTask task)
    {
        var round = task.Round;
        Digest[] server = round.Server == default ? [] : [round.Server];
        return
        [
            .. round.Included.Select(contributor => round.Contributions[contributor].Blob!.Value),
            .. round.IncludedRoots.Select(scorer => round.Scorers[scorer].Blob!.Value),
            round.Parameters, .. server,
        ];
    }
}

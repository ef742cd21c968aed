using System.Buffers.Binary;
using System.Collections.Immutable;
using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.State;
using Ledger.Learning.Aggregation;
using Ledger.Learning.Recipes;
using Ledger.Learning.Rounds;
using Verdict = Ledger.Consensus.Chain.Verdict;

namespace Ledger.Node.Training;

/// <summary>All that a closing is computed from, as the chain names it: updates in the order of their promise, roots
/// with the stake that they speak for. <see cref="Server"/> is zero where the server optimiser keeps nothing.</summary>
internal sealed record RoundBlobs(
    Digest Parameters, int Exponent, Digest Server, Digest Lot,
    ImmutableArray<(Address Contributor, Digest Blob)> Updates, ImmutableArray<(Digest Blob, ulong Weight)> Roots,
    int MinContributors)
{
    internal IEnumerable<Digest> All =>
    [
        .. Updates.Select(update => update.Blob), .. Roots.Select(root => root.Blob), Parameters,
        .. Server == default ? (Digest[])[] : [Server],
    ];

    /// <summary>Of the round that waits for its aggregate.</summary>
    internal static RoundBlobs Of(LearningTask task) => new(
        task.Round.Parameters, (int)task.Round.Exponent, task.Round.Server, task.Round.Lot,
        [.. task.Round.Included.OrderBy(contributor => task.Round.Contributions[contributor].Order)
            .Select(contributor => (contributor, task.Round.Contributions[contributor].Blob!.Value))],
        [.. task.Round.IncludedRoots.Select(scorer => task.Round.Scorers[scorer])
            .Select(scorer => (scorer.Blob!.Value, scorer.Weight))],
        (int)task.Spec.MinContributors);

    /// <summary>What the learning code closes, and the bytes of its updates and roots; null where a blob is absent or
    /// not what it should be.</summary>
    internal (RoundInput Input, ulong Bytes)? Load(Recipe recipe, int parameterCount, Func<Digest, byte[]?> blob)
    {
        if (!Learning.Aggregation.Parameters.TryDecode(blob(Parameters), parameterCount, out var parameters))
            return null;
        var bytes = 0UL;
        var updates = Decode(Updates.Select(update => update.Blob));
        var roots = Decode(Roots.Select(root => root.Blob));
        var state = Server == default ? ServerState.Empty : ServerState.TryDecode(blob(Server), parameterCount);
        return updates is null || roots is null || state is null ? null : (new()
        {
            Rule = recipe.Rule,
            Format = recipe.Format,
            Parameters = parameters,
            Exponent = Exponent,
            Updates = updates,
            Roots = [.. roots.Zip(Roots, (root, named) => new Root(root, named.Weight))],
            MinAccepted = MinContributors,
            Seed = BinaryPrimitives.ReadUInt64BigEndian(Lot.ToArray()),
            Server = recipe.Server,
            State = state,
        }, bytes);

        List<ModelUpdate>? Decode(IEnumerable<Digest> ids)
        {
            var decoded = new List<ModelUpdate>();
            foreach (var id in ids)
                if (blob(id) is { } encoded
                    && ModelUpdate.TryDecode(encoded, parameterCount, Exponent, recipe.Format, out var update))
                {
                    decoded.Add(update);
                    bytes += (ulong)encoded.Length;
                }
                else
                    return null;
            return decoded;
        }
    }

    /// <summary>What the chain says of a round that came out so; new blobs go to <paramref name="put"/>.</summary>
    internal CloseRound Close(
        Digest task, uint round, RoundOutcome outcome, ulong bytes, Func<byte[], Digest> put) => new(
        task, round,
        outcome.CarriedOver ? Parameters : put(Learning.Aggregation.Parameters.Encode(outcome.Parameters)),
        (uint)outcome.Exponent,
        outcome.CarriedOver || outcome.State == ServerState.Empty ? Server : put(outcome.State.Encode()),
        bytes,
        [.. ByAddress(outcome.Verdicts).Select(verdict => new Verdict((uint)verdict.Outcome, verdict.Score,
            (uint)verdict.Shares, (uint)verdict.Merit, (uint)verdict.Norm))],
        [.. outcome.Cosines.Chunk(Updates.Length).SelectMany(ByAddress)]);

    // The learning code judges in the order of promise, the chain keeps the order of addresses.
    private IEnumerable<T> ByAddress<T>(IEnumerable<T> ofUpdates) =>
        Updates.Zip(ofUpdates).OrderBy(pair => pair.First.Contributor).Select(pair => pair.Second);
}

using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.State;
using Ledger.Node.Host;

namespace Ledger.Node.Simulation;

/// <summary>
/// Stands in for training and aggregation: the parameters after a round are the hash of the updates that are included,
/// which everybody computes alike, as they would the real ones.
/// </summary>
internal sealed class StubLearning(Func<ChainState> tip) : IAggregates
{
    public CloseRound? Result(Digest task, uint round) => Ready(tip()).FirstOrDefault(c => c.Task == task);

    public IEnumerable<CloseRound> Ready(ChainState state) =>
        state.Tasks.Values.Where(t => t.Round.Phase == Phase.Close).Select(t => Close(state, t));

    private static CloseRound Close(ChainState state, LearningTask task)
    {
        var round = task.Round;
        var included = Rounds.Included(state, task);
        var parameters = Rounds.CarriesOver(task, included)
            ? round.Parameters
            : Digest.OfBlob([.. included.SelectMany(c => round.Contributions[c].Blob!.Value.ToArray())]);
        return new(task.Id, round.Number, parameters, round.Exponent);
    }
}

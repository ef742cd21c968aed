using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;
using Ledger.Consensus.State;

namespace Ledger.Node.Host;

/// <summary>What this node itself has found the rounds of learning to give.</summary>
internal interface IAggregates
{
    /// <summary>This node's own closing of a round; null while it is not done.</summary>
    CloseRound? Result(Digest task, uint round);

    /// <summary>The closings that a block on top of <paramref name="state"/> can bring.</summary>
    IEnumerable<CloseRound> Ready(ChainState state);
}

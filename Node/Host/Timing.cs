using Ledger.Consensus.Chain;
using Ledger.Consensus.Engine;

namespace Ledger.Node.Host;

/// <summary>The times of the agreement, as a chain's parameters give them.</summary>
internal static class Timing
{
    internal static Timeouts TimeoutsOf(ChainParameters p)
    {
        var vote = new Consensus.Engine.Timeout((uint)p.VoteTimeout, (uint)p.VoteIncrement);
        // A proposer with nothing to say waits for something; the others have to wait with it.
        var propose = p.ProposeTimeout + p.EmptyBlockInterval;
        return new(new((uint)propose, (uint)p.ProposeIncrement), vote, vote);
    }

    internal static Synchrony SynchronyOf(ChainParameters p) => new(p.Precision, p.MessageDelay);
}

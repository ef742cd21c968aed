using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;

namespace Ledger.Consensus.Engine;

/// <summary>
/// What one votes for: nil, a block, or in a prevote a block with the valid round of the proposal that it answers. One
/// block with two valid rounds is two ballots.
/// </summary>
public readonly record struct Ballot(Digest? Block, uint? ValidRound)
{
    public static Ballot Of(Vote vote) => new(vote.Block, vote.ValidRound);
}

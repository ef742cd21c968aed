using Ledger.Consensus.Chain;

namespace Ledger.Consensus.Engine;

/// <summary>
/// The conditions that make the rules safe. They stand apart from the rules so that a test can break one at a time
/// and show that something notices: a check that never turned red proves nothing.
/// </summary>
internal class Guards
{
    /// <summary>L23, L29: a locked validator votes for another block only if that had a polka since it locked.</summary>
    internal virtual bool LockAllows(Polka? locked, Proposal offer) =>
        locked is null || locked.Block == offer.Block || (offer.ValidRound is { } valid && locked.Round <= valid);

    /// <summary>L28: a polka is of an earlier round; a later one cannot have been known to an honest proposer.</summary>
    internal virtual bool IsWellFormed(Proposal offer) => offer.ValidRound is null || offer.ValidRound < offer.Round;

    /// <summary>L58, L62, L66: timers and other answers for a round that is over mean nothing.</summary>
    internal virtual bool IsCurrent(RoundState state, uint round) => state.Round == round;
}

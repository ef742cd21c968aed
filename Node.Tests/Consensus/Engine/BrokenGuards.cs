using Ledger.Consensus.Chain;
using Ledger.Consensus.Engine;

namespace Ledger.Node.Tests.Consensus.Engine;

/// <summary>Forgets what it locked.</summary>
internal sealed class NoLock : Guards
{
    internal override bool LockAllows(Polka? locked, Proposal offer) => true;
}

/// <summary>Takes a proposal whose polka would be of its own round or later.</summary>
internal sealed class AnyValidRound : Guards
{
    internal override bool IsWellFormed(Proposal offer) => true;
}

/// <summary>Takes timers and answers of any round for those of its own.</summary>
internal sealed class AnyRound : Guards
{
    internal override bool IsCurrent(RoundState state, uint round) => true;
}

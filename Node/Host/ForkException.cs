using System.Collections.Immutable;
using Ledger.Consensus.Chain;
using Ledger.Consensus.State;
using Ledger.Node.Overlay;

namespace Ledger.Node.Host;

/// <summary>
/// Two thirds of the stake decided a block that cannot follow what is here. Either more than a third of it has signed
/// two blocks of one height, or this program does not compute what the others compute. A node that went on would be
/// alone, and one that called it a peer's lie would shut out whoever tells the truth: it stops, and says who did what.
/// </summary>
internal sealed class ForkException : Exception
{
    private ForkException(string message, string hint) : base(message) => Hint = hint;

    internal string Hint { get; }

    /// <summary>Against those who have signed both decisions; as much as one message holds.</summary>
    internal ImmutableArray<Evidence> Proof { get; private init; } = [];

    /// <param name="state">That after our last block.</param>
    /// <param name="ours">What decided that; null before the first.</param>
    /// <param name="decided">A block that was decided at the next height.</param>
    /// <param name="fault">Why it cannot follow.</param>
    internal static ForkException Of(ChainState state, CommitCertificate? ours, Block decided, BlockFault fault) =>
        ours is not null && decided.LastCommit is { } theirs && theirs.Height == ours.Height
        && theirs.Block != ours.Block && theirs.Verify(state.ChainId, state.LastValidators)
            ? Split(ours, theirs)
            : new(
                $"two thirds of the stake decided block {decided.Id.Short} at height {decided.Header.Height}, "
                + $"which is invalid here: {fault}",
                "install the version of ledger that the others run, then: ledger rollback");

    private static ForkException Split(CommitCertificate ours, CommitCertificate theirs)
    {
        ImmutableArray<Evidence> proof = [.. ours.Contradictions(theirs)];
        return new(
            $"the chain has split: at height {ours.Height} two thirds of the stake decided {ours.Block.Short}, "
            + $"which is here, and {theirs.Block.Short}; "
            + (proof.IsEmpty
                ? "in different rounds"
                : $"{string.Join(", ", proof.Select(each => each.Offender))} signed both"),
            "agree with the other operators which side is to go on; keep this home as evidence, and begin a new one "
            + "with a new key if it is theirs")
        {
            Proof = [.. proof.Take(OverlayLimits.EvidencePerMessageMax)],
        };
    }
}

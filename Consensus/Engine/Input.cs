using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;

namespace Ledger.Consensus.Engine;

/// <summary>The steps of a round, in their order.</summary>
public enum Step : byte
{
    Propose = 1,
    Prevote = 2,
    Precommit = 3,
}

/// <summary>What can happen to the agreement on one height. All else (disk, network, clock) is the host's.</summary>
public abstract record Input
{
    private Input()
    {
    }

    /// <summary>
    /// A proposal arrived, or our own was signed, when our wall clock showed <paramref name="Received"/>: Unix
    /// milliseconds, taken on arrival, as whatever the host does first takes time (rule R2).
    /// </summary>
    public sealed record Proposed(Verified<SignedProposal> Proposal, ulong Received) : Input;

    /// <summary>
    /// The host has finished checking a block. Data that is missing and work that is not done are not an answer: the
    /// input then simply has not happened yet.
    /// </summary>
    public sealed record Validated(Digest Block, bool Valid) : Input;

    /// <summary>A vote arrived, or our own was signed.</summary>
    public sealed record Voted(Verified<SignedVote> Vote) : Input;

    /// <summary>A proof about a round arrived, all of its signatures good.</summary>
    public sealed record Certified(Verified<Certificate> Certificate) : Input;

    /// <summary>The block that we asked the host to build for our own proposal.</summary>
    public sealed record Built(uint Round, Block Block) : Input;

    /// <summary>A timer went off; ignored where the agreement has moved on.</summary>
    public sealed record TimedOut(ulong Height, uint Round, Step Step) : Input;
}

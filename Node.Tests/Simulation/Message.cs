using Ledger.Consensus.Chain;
using Ledger.Consensus.Crypto;

namespace Ledger.Node.Tests.Simulation;

/// <summary>What peers of the simulation send each other.</summary>
internal abstract record Message
{
    private Message()
    {
    }

    internal sealed record Ballot(SignedVote Vote) : Message;

    internal sealed record Offer(SignedProposal Proposal) : Message;

    internal sealed record Certified(Certificate Certificate) : Message;

    /// <summary>"This is where I am and what I have": whoever has more sends it.</summary>
    internal sealed record Status(
        ulong Height, IReadOnlyList<Known> Votes, IReadOnlyList<(uint Round, Digest Block)> Offers) : Message;

    /// <summary>A decided block with its proof, for one who is behind.</summary>
    internal sealed record Decided(Block Block, CommitCertificate Certificate) : Message;

    /// <summary>The votes known of one kind in one round, by bitmap, and the block that has a quorum of them.</summary>
    internal sealed record Known(uint Round, VoteKind Kind, byte[] Bitmap, Digest? Quorum)
    {
        internal bool Has(int validator) => (Bitmap[validator / 8] >> (validator % 8) & 1) != 0;
    }
}

using Ledger.Consensus.Crypto;

namespace Ledger.Consensus.Chain;

/// <summary>The only maker of <see cref="Verified{T}"/>: null means that signature or content is wrong.</summary>
public static class Verifier
{
    public static Verified<SignedVote>? Check(Digest chainId, SignedVote vote) =>
        vote.Vote.Validator.Key.Verify(vote.Vote.SigningDigest(chainId), vote.Signature) ? new(vote) : null;

    public static Verified<SignedOffer>? Check(Digest chainId, SignedOffer offer) =>
        offer.Proposal.Proposer.Key.Verify(offer.Proposal.SigningDigest(chainId), offer.Signature) ? new(offer) : null;

    public static Verified<SignedProposal>? Check(Digest chainId, SignedProposal proposal) =>
        proposal.Block.Id == proposal.Proposal.Block
        && proposal.Block.Header.ChainId == chainId
        && proposal.Block.Header.Height == proposal.Proposal.Height
        && proposal.Block.IsConsistent
        && proposal.Proposal.Proposer.Key.Verify(proposal.Proposal.SigningDigest(chainId), proposal.Signature)
            ? new(proposal)
            : null;

    /// <summary>The signatures only: whether they suffice, who knows the validators must say.</summary>
    public static Verified<Certificate>? Check(Digest chainId, Certificate certificate) =>
        certificate.IsSigned(chainId) ? new(certificate) : null;

    public static Verified<SignedTransaction>? Check(Digest chainId, SignedTransaction transaction) =>
        transaction.Verify(chainId) ? new(transaction) : null;

    /// <summary>A value checked before it was written to our own log, whose checksums have just been checked.</summary>
    public static Verified<T> Recall<T>(T logged)
        where T : notnull => new(logged);
}

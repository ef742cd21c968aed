using System.Diagnostics.CodeAnalysis;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;

namespace Ledger.Consensus.Chain;

/// <summary>
/// A proposer's offer of a block for a round. <see cref="ValidRound"/> is the round in which the block had a quorum of
/// prevotes already, null for a new block (the paper's -1).
/// </summary>
public sealed record Proposal(ulong Height, uint Round, uint? ValidRound, Digest Block, Address Proposer)
{
    /// <summary>What the proposer signs.</summary>
    public Digest SigningDigest(Digest chainId) =>
        Digest.Of("ledger/proposal", new Writer().Array(6).Digest(chainId).UInt(Height).UInt(Round)
            .UIntOrNil(ValidRound).Digest(Block).Address(Proposer).Written);
}

/// <summary>A proposal with its signature, without the block: enough to prove what its proposer said.</summary>
public sealed record SignedOffer(Proposal Proposal, Signature Signature)
{
    public byte[] Encode()
    {
        var writer = new Writer();
        Write(writer);
        return writer.ToArray();
    }

    public void Write(Writer writer) => writer.Array(6).UInt(Proposal.Height).UInt(Proposal.Round)
        .UIntOrNil(Proposal.ValidRound).Digest(Proposal.Block).Address(Proposal.Proposer).Signature(Signature);

    public static SignedOffer Read(ref Reader reader)
    {
        reader.Array(6);
        var height = reader.UInt();
        var round = reader.UInt32(Limits.RoundMax);
        uint? validRound = reader.TryNil() ? null : reader.UInt32(Limits.RoundMax);
        return new(new(height, round, validRound, reader.Digest(), reader.Address()), reader.Signature());
    }
}

/// <summary>A proposal with its signature and the block it offers.</summary>
public sealed record SignedProposal(Proposal Proposal, Signature Signature, Block Block)
{
    // Hashed, logged and sent on, and never changing.
    private byte[]? encoded;

    // A copy may get other fields, and so begins without the note.
    private SignedProposal(SignedProposal other) =>
        (Proposal, Signature, Block) = (other.Proposal, other.Signature, other.Block);

    /// <summary>The part that is signed.</summary>
    public SignedOffer Offer => new(Proposal, Signature);

    /// <summary>The bytes that travel.</summary>
    public ReadOnlySpan<byte> Encoded => encoded ??= Written();

    /// <summary>A copy of <see cref="Encoded"/>.</summary>
    public byte[] Encode() => Encoded.ToArray();

    public bool Equals(SignedProposal? other) =>
        other is not null && Proposal == other.Proposal && Signature == other.Signature && Block == other.Block;

    public override int GetHashCode() => Signature.GetHashCode();

    public static bool TryDecode(ReadOnlySpan<byte> input, [NotNullWhen(true)] out SignedProposal? proposal)
    {
        proposal = null;
        if (input.Length > Limits.ProposalBytesMax)
            return false;
        var reader = new Reader(input);
        reader.Array(7);
        var height = reader.UInt();
        var round = reader.UInt32(Limits.RoundMax);
        uint? validRound = reader.TryNil() ? null : reader.UInt32(Limits.RoundMax);
        var offer = new Proposal(height, round, validRound, reader.Digest(), reader.Address());
        var signature = reader.Signature();
        var block = Block.Read(ref reader);
        proposal = reader.Finished && block is not null && block.Id == offer.Block
            ? new(offer, signature, block)
            : null;
        return proposal is not null;
    }

    private byte[] Written()
    {
        var writer = new Writer().Array(7).UInt(Proposal.Height).UInt(Proposal.Round).UIntOrNil(Proposal.ValidRound)
            .Digest(Proposal.Block).Address(Proposal.Proposer).Signature(Signature);
        Block.Write(writer);
        return writer.ToArray();
    }
}

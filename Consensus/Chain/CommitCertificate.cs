using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;

namespace Ledger.Consensus.Chain;

/// <summary>
/// Proof that a block was decided: precommits for it, in one round, of validators with more than two thirds of the
/// stake. Signers are in ascending order of address and listed once.
/// </summary>
public sealed record CommitCertificate(
    ulong Height, uint Round, Digest Block, ImmutableArray<(Address Validator, Signature Signature)> Signatures)
    : Certificate(Height, Round)
{
    public override IEnumerable<SignedVote> Votes => Signatures.Select(s => new SignedVote(
        new(VoteKind.Precommit, Height, Round, Block, s.Validator), s.Signature));

    public override bool Proves(ValidatorSet validators) =>
        StakeOf(validators, Signatures.Select(s => s.Validator)) is { } stake && validators.IsQuorum(stake);

    /// <summary>
    /// The proofs against those who have signed both this and another decision of one round: with more than a third of
    /// the stake, if both prove. Those of different rounds contradict nothing by themselves.
    /// </summary>
    public IEnumerable<Evidence> Contradictions(CommitCertificate other) =>
        (Height, Round) != (other.Height, other.Round) || Block == other.Block
            ? []
            : Votes.Join(other.Votes, vote => vote.Vote.Validator, vote => vote.Vote.Validator,
                Evidence.DuplicateVote.Of);

    public bool Equals(CommitCertificate? other) =>
        base.Equals(other) && Block == other.Block && Signatures.SequenceEqual(other.Signatures);

    public override int GetHashCode() => Block.GetHashCode();

    /// <summary>Commits to the certificate in the next block's header.</summary>
    public Digest Digest()
    {
        var writer = new Writer();
        Write(writer);
        return Crypto.Digest.Of("ledger/commit", writer.Written);
    }

    public override void Write(Writer writer)
    {
        writer.Array(4).UInt(Height).UInt(Round).Digest(Block);
        WriteSigners(writer, Signatures);
    }

    public static CommitCertificate Read(ref Reader reader)
    {
        reader.Array(4);
        return new(reader.UInt(), reader.UInt32(Limits.RoundMax), reader.Digest(), ReadSigners(ref reader));
    }

    public byte[] Encode()
    {
        var writer = new Writer();
        Write(writer);
        return writer.ToArray();
    }

    public static bool TryDecode(ReadOnlySpan<byte> input, [NotNullWhen(true)] out CommitCertificate? certificate)
    {
        var reader = new Reader(input);
        var read = Read(ref reader);
        certificate = reader.Finished ? read : null;
        return certificate is not null;
    }
}

using System.Collections.Immutable;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;

namespace Ledger.Consensus.Chain;

/// <summary>
/// Proof of a polka: prevotes for one block with one valid round, in one round, of validators with more than two thirds
/// of the stake. It releases older locks (rule R13).
/// </summary>
public sealed record PolkaCertificate(
    ulong Height, uint Round, Digest Block, uint? ValidRound,
    ImmutableArray<(Address Validator, Signature Signature)> Signatures) : Certificate(Height, Round)
{
    public override IEnumerable<SignedVote> Votes => Signatures.Select(s => new SignedVote(
        new(VoteKind.Prevote, Height, Round, Block, s.Validator) { ValidRound = ValidRound }, s.Signature));

    public override bool Proves(ValidatorSet validators) =>
        (ValidRound is not { } valid || valid < Round)
        && StakeOf(validators, Signatures.Select(s => s.Validator)) is { } stake && validators.IsQuorum(stake);

    public bool Equals(PolkaCertificate? other) => base.Equals(other) && Block == other.Block
        && ValidRound == other.ValidRound && Signatures.SequenceEqual(other.Signatures);

    public override int GetHashCode() => Block.GetHashCode();

    public override void Write(Writer writer)
    {
        writer.Array(5).UInt(Height).UInt(Round).Digest(Block).UIntOrNil(ValidRound);
        WriteSigners(writer, Signatures);
    }

    public static PolkaCertificate Read(ref Reader reader)
    {
        reader.Array(5);
        var height = reader.UInt();
        var round = reader.UInt32(Limits.RoundMax);
        var block = reader.Digest();
        uint? validRound = reader.TryNil() ? null : reader.UInt32(Limits.RoundMax);
        return new(height, round, block, validRound, ReadSigners(ref reader));
    }
}

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
{
    public bool Equals(CommitCertificate? other) => other is not null && Height == other.Height && Round == other.Round
        && Block == other.Block && Signatures.SequenceEqual(other.Signatures);

    public override int GetHashCode() => Block.GetHashCode();

    /// <summary>Commits to the certificate in the next block's header.</summary>
    public Digest Digest()
    {
        var writer = new Writer();
        Write(writer);
        return Crypto.Digest.Of("ledger/commit", writer.Written);
    }

    /// <summary>
    /// Whether each signature is good and the signers hold more than 2/3 of the stake of <paramref name="validators"/>.
    /// All signatures are checked, not only as many as needed (B26 of the catalogue: cometbft#5663).
    /// </summary>
    public bool Verify(Digest chainId, ValidatorSet validators)
    {
        UInt128 signed = 0;
        Address? previous = null;
        foreach (var (validator, signature) in Signatures)
        {
            if (previous is { } last && validator <= last || validators.StakeOf(validator) is not { } stake)
                return false;
            var vote = new Vote(VoteKind.Precommit, Height, Round, Block, validator);
            if (!validator.Key.Verify(vote.SigningDigest(chainId), signature))
                return false;
            signed += stake;
            previous = validator;
        }
        return validators.IsQuorum(signed);
    }

    public void Write(Writer writer)
    {
        writer.Array(4).UInt(Height).UInt(Round).Digest(Block).Array(Signatures.Length);
        foreach (var (validator, signature) in Signatures)
            writer.Array(2).Address(validator).Signature(signature);
    }

    public static CommitCertificate Read(ref Reader reader)
    {
        reader.Array(4);
        var height = reader.UInt();
        var round = reader.UInt32(Limits.RoundMax);
        var block = reader.Digest();
        var count = reader.Count(Limits.ValidatorsMax);
        var signatures = ImmutableArray.CreateBuilder<(Address, Signature)>();
        for (var i = 0; i < count && !reader.Failed; i++)
        {
            reader.Array(2);
            signatures.Add((reader.Address(), reader.Signature()));
        }
        return new(height, round, block, signatures.ToImmutable());
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

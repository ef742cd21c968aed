using System.Collections.Immutable;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;

namespace Ledger.Consensus.Chain;

/// <summary>
/// Votes of many validators as one message, which proves something about a round to whoever knows the validators. Only
/// in a certificate may a validator's second vote count: it shows what others have seen, and without it an equivocator
/// could keep that from us for ever (rule R10: malachite#859, tari-ootle#2649).
/// </summary>
public abstract record Certificate(ulong Height, uint Round)
{
    private const uint PolkaKind = 1, RoundKind = 2, CommitKind = 3;

    /// <summary>The votes, each as it was signed, in ascending order of the voters, one of each.</summary>
    public abstract IEnumerable<SignedVote> Votes { get; }

    /// <summary>Whether the voters are members, in order, and hold the stake that the claim needs.</summary>
    public abstract bool Proves(ValidatorSet validators);

    /// <summary>
    /// Whether each signature is good: all of them, not only as many as needed (B26 of the catalogue: cometbft#5663).
    /// </summary>
    public bool IsSigned(Digest chainId)
    {
        foreach (var vote in Votes)
            if (!vote.Vote.Validator.Key.Verify(vote.Vote.SigningDigest(chainId), vote.Signature))
                return false;
        return true;
    }

    /// <summary>Whether this is proof for who knows the chain and the height's validators.</summary>
    public bool Verify(Digest chainId, ValidatorSet validators) => Proves(validators) && IsSigned(chainId);

    /// <summary>One of three kinds, with the number of its kind; the numbers never change.</summary>
    public void WriteTagged(Writer writer)
    {
        writer.Array(2).UInt(this switch
        {
            PolkaCertificate => PolkaKind,
            RoundCertificate => RoundKind,
            _ => CommitKind,
        });
        Write(writer);
    }

    /// <summary>What <see cref="WriteTagged"/> has written; null, and a failed reader, for anything else.</summary>
    public static Certificate? ReadTagged(ref Reader reader)
    {
        reader.Array(2);
        Certificate? read = reader.UInt32(CommitKind) switch
        {
            PolkaKind => PolkaCertificate.Read(ref reader),
            RoundKind => RoundCertificate.Read(ref reader),
            CommitKind => CommitCertificate.Read(ref reader),
            _ => null,
        };
        if (read is null)
            reader.Fail();
        return reader.Failed ? null : read;
    }

    public abstract void Write(Writer writer);

    /// <summary>
    /// The stake of <paramref name="voters"/>; null where one is no member, or not after the one before.
    /// </summary>
    private protected static UInt128? StakeOf(ValidatorSet validators, IEnumerable<Address> voters)
    {
        UInt128 sum = 0;
        Address? previous = null;
        foreach (var voter in voters)
        {
            if (previous is { } last && voter <= last || validators.StakeOf(voter) is not { } stake)
                return null;
            sum += stake;
            previous = voter;
        }
        return sum;
    }

    private protected static void WriteSigners(
        Writer writer, ImmutableArray<(Address Validator, Signature Signature)> signers)
    {
        writer.Array(signers.Length);
        foreach (var (validator, signature) in signers)
            writer.Array(2).Address(validator).Signature(signature);
    }

    private protected static ImmutableArray<(Address Validator, Signature Signature)> ReadSigners(
        ref Reader reader)
    {
        var signers = ImmutableArray.CreateBuilder<(Address, Signature)>();
        for (int i = 0, n = reader.Count(Limits.ValidatorsMax); i < n && !reader.Failed; i++)
        {
            reader.Array(2);
            signers.Add((reader.Address(), reader.Signature()));
        }
        return signers.ToImmutable();
    }
}

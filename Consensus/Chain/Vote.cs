using System.Diagnostics.CodeAnalysis;
using Ledger.Consensus.Codec;
using Ledger.Consensus.Crypto;

namespace Ledger.Consensus.Chain;

/// <summary>The two ballots of a round.</summary>
public enum VoteKind : byte
{
    Prevote = 1,
    Precommit = 2,
}

/// <summary>One ballot; <see cref="Block"/> is null for a vote against every block of the round.</summary>
public sealed record Vote(VoteKind Kind, ulong Height, uint Round, Digest? Block, Address Validator)
{
    /// <summary>What the validator signs: the ballot under a tag of its own and the chain's id.</summary>
    public Digest SigningDigest(Digest chainId) =>
        Digest.Of("ledger/vote", new Writer().Array(6).Digest(chainId).UInt((ulong)Kind).UInt(Height).UInt(Round)
            .DigestOrNil(Block).Address(Validator).Written);
}

/// <summary>A ballot with its signature, as it travels and as it is kept.</summary>
public sealed record SignedVote(Vote Vote, Signature Signature)
{
    public byte[] Encode()
    {
        var writer = new Writer();
        Write(writer);
        return writer.ToArray();
    }

    public void Write(Writer writer) => writer.Array(6).UInt((ulong)Vote.Kind).UInt(Vote.Height).UInt(Vote.Round)
        .DigestOrNil(Vote.Block).Address(Vote.Validator).Signature(Signature);

    public static SignedVote Read(ref Reader reader)
    {
        reader.Array(6);
        var kind = (VoteKind)reader.UInt((ulong)VoteKind.Precommit);
        if (kind is not (VoteKind.Prevote or VoteKind.Precommit))
            reader.Fail();
        var height = reader.UInt();
        var round = reader.UInt32(Limits.RoundMax);
        return new(new(kind, height, round, reader.DigestOrNil(), reader.Address()), reader.Signature());
    }

    public static bool TryDecode(ReadOnlySpan<byte> input, [NotNullWhen(true)] out SignedVote? vote)
    {
        var reader = new Reader(input);
        var read = Read(ref reader);
        vote = reader.Finished ? read : null;
        return vote is not null;
    }
}
